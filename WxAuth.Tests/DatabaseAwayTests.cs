using System.Net.Http.Json;
using WxAuth.Tests.Tokens;

namespace WxAuth.Tests;

/// <summary>What is answered while PostgreSQL cannot be reached.</summary>
public sealed class DatabaseAwayTests(ProxiedApp app) : IClassFixture<ProxiedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_says_so_and_serves_again_when_the_database_is_back()
    {
        var login = await app.LoginAsync("away");
        var token = (string)login["accessToken"]!;
        var forged = (await TokenForge.LoginAsync(app, "forger")).WithHeader(header => header["kid"] = "unknown");
        var code = await app.CodeAsync("away");
        app.Database.TakeAway();

        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
        using var change = await app.SendAsync(HttpMethod.Patch, "api/users/me", token, new { nickname = "a" });
        using var unknownKey = await app.SendAsync(HttpMethod.Get, "api/users/me", forged);
        using var refresh = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string)login["refreshToken"]! }, Ct);
        using var again = await app.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct);
        using var ready = await app.Client.GetAsync("health/ready", Ct);
        using var live = await app.Client.GetAsync("health/live", Ct);
        using var keys = await app.Client.GetAsync(".well-known/jwks.json", Ct);
        app.Database.BringBack();
        using var back = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        await AssertAwayAsync(me, "retry_later");
        await AssertAwayAsync(change, "retry_later");
        await AssertAwayAsync(unknownKey, "retry_later");
        await AssertAwayAsync(refresh, "retry_later");
        await AssertAwayAsync(again, "login_again");
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Equal(200, (int)live.StatusCode);
        Assert.Equal(200, (int)keys.StatusCode);
        Assert.Equal(200, (int)back.StatusCode);
    }

    private static async Task AssertAwayAsync(HttpResponseMessage response, string action)
    {
        var problem = await WxAuthApp.AssertProblemAsync(response, 503, "database_unavailable");
        Assert.Equal(action, (string?)problem["action"]);
        Assert.Equal("5", response.Headers.RetryAfter?.ToString());
    }
}
