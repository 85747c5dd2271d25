using System.Net.Http.Json;

namespace WxAuth.Tests.Compatibility;

/// <summary>Three failures a minute and address, on the tutorials' routes too; loopback is a known proxy.</summary>
public sealed class LimitedTutorialsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    public const int Failures = 3;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("Compatibility:TutorialRoutes", "true"),
        new("RateLimits:FailedLoginsPerMinutePerIp", $"{Failures}"),
        new("ForwardedHeaders:KnownProxies:0", "127.0.0.1"),
    ];
}

public sealed class TutorialRateLimitTests(LimitedTutorialsApp app) : IClassFixture<LimitedTutorialsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "login", 500, """{"message":""", "192.0.2.1")]
    [InlineData("POST", "user/wechatlogin", 200, """{"code":10001,"msg":""", "192.0.2.2")]
    [InlineData("GET", "login", 401, """{"code":1,"data":"","message":""", "192.0.2.3")]
    [InlineData("GET", "mobileApi/user/checkBind", 200, """{"code":0,"msg":""", "192.0.2.4")]
    public async Task Too_many_failed_logins_are_refused_in_the_tutorials_form_before_WeChat_is_asked(
        string method, string path, int status, string start, string address)
    {
        for (var i = 0; i < LimitedTutorialsApp.Failures; i++)
        {
            (await SendAsync(method, path, "nobody-gave-this", address)).Dispose();
        }

        var code = await app.CodeAsync($"late {address}");
        var asked = await app.WeChat.CallsAsync("jscode2session");
        using var refused = await SendAsync(method, path, code, address);

        Assert.Equal(status, (int)refused.StatusCode);
        Assert.StartsWith(start, await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(asked, await app.WeChat.CallsAsync("jscode2session"));

        // The code was not used up, and the way in by the API is limited by the same failures.
        using var api = await SendAsync("POST", "api/auth/login", code, address);
        await WxAuthApp.AssertProblemAsync(api, 429, "rate_limited");
        app.Time.Advance(TimeSpan.FromMinutes(1));
        using var later = await SendAsync("POST", "api/auth/login", code, address);
        Assert.True(later.IsSuccessStatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string code, string address)
    {
        var isPost = method == "POST";
        using var request = new HttpRequestMessage(new HttpMethod(method), isPost ? path : $"{path}?code={Uri.EscapeDataString(code)}");
        request.Content = isPost ? JsonContent.Create(new { code }) : null;
        request.Headers.Add("X-Forwarded-For", address);
        return await app.Client.SendAsync(request, Ct);
    }
}
