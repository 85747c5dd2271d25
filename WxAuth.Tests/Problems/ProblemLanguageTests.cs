using Microsoft.AspNetCore.Http;
using WxAuth.Api.Problems;

namespace WxAuth.Tests.Problems;

public sealed class ProblemLanguageTests
{
    [Theory]
    [InlineData(null, "zh-CN")]
    [InlineData("", "zh-CN")]
    [InlineData("en", "en")]
    [InlineData("en-GB,en;q=0.8", "en")]
    [InlineData("zh-TW", "zh-CN")]
    [InlineData("fr", "zh-CN")]
    [InlineData("fr, en;q=0.5", "en")]
    [InlineData("zh;q=0.4, en;q=0.5", "en")]
    [InlineData("en;q=0.4, zh-CN;q=0.5", "zh-CN")]
    [InlineData("en, zh", "en")]
    [InlineData("zh, en", "zh-CN")]
    [InlineData("en;q=0", "zh-CN")]
    [InlineData("*", "zh-CN")]
    [InlineData("*;q=0.9, en;q=0.5", "zh-CN")]
    [InlineData("zh;q=0.5, *", "en")]
    [InlineData("enough", "zh-CN")]
    [InlineData(";;q=,", "zh-CN")]
    public void The_language_follows_the_qualities(string? header, string expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.AcceptLanguage = header;

        var language = ProblemLanguages.Negotiate(context.Request.GetTypedHeaders());

        Assert.Equal(expected, language.Tag());
    }
}
