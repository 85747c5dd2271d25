using System.Net;

namespace WxAuth.Tests.Problems;

public sealed class RequestProblemTests : IAsyncLifetime
{
    private ProblemsApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ProblemsApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"code":5}""")]
    [InlineData("""{"numbers":["one"]}""")]
    [InlineData("""{"at":"yesterday"}""")]
    [InlineData("""{"code":"\ud800"}""")]
    public async Task A_body_of_another_shape_is_malformed(string json)
    {
        var answer = await _app.PostAsync("echo", json);

        var problem = answer.IsProblem(400, "malformed_request");
        Assert.False(problem.TryGetProperty("errors", out _));
    }

    [Fact]
    public async Task A_missing_body_is_malformed_even_without_a_type()
    {
        var answer = await _app.SendAsync(HttpMethod.Post, "echo");

        answer.IsProblem(400, "malformed_request");
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var answer = await _app.PostAsync("echo", """{"code":"abc","more":[1]}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("echo", "text/plain")]
    [InlineData("form", "application/json")]
    public async Task Another_media_type_is_415(string path, string type)
    {
        var answer = await _app.PostAsync(path, "{}", type);

        answer.IsProblem(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("""{}""", "code", "此项为必填项。", "This is required.")]
    [InlineData("""{"code":"123456789"}""", "code", "长度须为 1 到 8 个字符。", "This must have 1 to 8 characters.")]
    [InlineData("""{"code":"a b"}""", "code", "只能包含可见的 ASCII 字符。", "Only visible ASCII characters are allowed.")]
    [InlineData("""{"code":"a","numbers":[1,0]}""", "numbers[1]", "格式不正确。", "This is not in the right format.")]
    public async Task A_field_that_is_not_valid_is_named_in_both_languages(string json, string field, string chinese, string english)
    {
        var zh = await _app.PostAsync("echo", json);
        var en = await _app.PostAsync("echo", json, language: "en");

        Assert.Equal(chinese, zh.IsProblem(400, "validation_failed").GetProperty("errors").GetProperty(field)[0].GetString());
        Assert.Equal(english, en.IsProblem(400, "validation_failed").GetProperty("errors").GetProperty(field)[0].GetString());
    }

    [Fact]
    public async Task A_nul_in_a_body_is_not_valid()
    {
        var answer = await _app.PostAsync("echo", """{"code":"a\u0000"}""", language: "en");

        var messages = answer.IsProblem(400, "validation_failed").GetProperty("errors").GetProperty("code");
        Assert.Contains(messages.EnumerateArray(), text => text.ValueEquals("This must not contain the character U+0000."));
    }

    [Fact]
    public async Task A_nul_in_the_query_string_is_not_valid()
    {
        var answer = await _app.GetAsync("list?limit=1&query=a%00b");

        answer.IsProblem(400, "validation_failed").GetProperty("errors").GetProperty("query");
    }

    [Fact]
    public async Task A_query_value_of_another_type_is_not_valid()
    {
        var answer = await _app.GetAsync("list?limit=many");

        answer.IsProblem(400, "validation_failed").GetProperty("errors").GetProperty("limit");
    }

    [Fact]
    public async Task A_percent_sign_before_two_noughts_is_no_nul()
    {
        var answer = await _app.GetAsync("list?limit=1&query=%2500");

        Assert.Equal("%00", answer.Json.GetProperty("query").GetString());
    }
}
