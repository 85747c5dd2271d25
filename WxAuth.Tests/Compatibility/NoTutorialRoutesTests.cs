using System.Net.Http.Json;

namespace WxAuth.Tests.Compatibility;

public sealed class NoTutorialRoutesTests(NoTutorialsApp app) : IClassFixture<NoTutorialsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "login")]
    [InlineData("GET", "login?code=a")]
    [InlineData("POST", "user/wechatlogin")]
    [InlineData("GET", "mobileApi/user/checkBind?code=a")]
    public async Task Switched_off_the_routes_do_not_exist(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = JsonContent.Create(new { code = "a" });

        using var response = await app.Client.SendAsync(request, Ct);

        await WxAuthApp.AssertProblemAsync(response, 404, "not_found");
    }

    [Fact]
    public async Task Switched_off_the_header_x_session_is_not_read()
    {
        var login = await app.LoginAsync("off");

        using var response = await app.WithSessionHeaderAsync("api/users/me", (string)login["accessToken"]!);

        await WxAuthApp.AssertProblemAsync(response, 401, "token_missing");
    }
}
