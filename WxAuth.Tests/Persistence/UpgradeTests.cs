using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WxAuth.Tests.Documents;

namespace WxAuth.Tests.Persistence;

/// <summary>An upgrade from the first release: nobody is logged out by it, nobody is logged in again, nothing is lost.</summary>
public sealed class UpgradeTests(UpgradedApp app) : IClassFixture<UpgradedApp>
{
    private static readonly JsonNode Phones = JsonNode.Parse(Repository.Read("WxAuth.Tests/Persistence/FirstRelease/tokens.json"))!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_access_token_of_before_still_works_and_shows_the_user_as_it_was()
    {
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", Of("dave", "accessToken"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var user = await WxAuthApp.JsonAsync(response);
        Assert.Equal(Of("dave", "userId"), (string?)user["id"]);
        Assert.Equal("Dave.Account", (string?)user["userName"]);
        Assert.Equal("+8613800138000", (string?)user["phoneNumber"]);
        Assert.Equal(["admin"], user["roles"]!.AsArray().Select(role => (string?)role));
        Assert.Equal("2026-11-20T08:04:00Z", (string?)user["createdAt"]);
    }

    [Fact]
    public async Task A_refresh_token_of_before_still_refreshes_its_session()
    {
        using var response = await RefreshAsync("alice");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var tokens = await WxAuthApp.JsonAsync(response);
        Assert.Equal(Of("alice", "sessionId"), (string?)tokens["sessionId"]);
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)tokens["accessToken"]);
        Assert.Equal("小明 🐼", (string?)(await WxAuthApp.JsonAsync(me))["nickname"]);
    }

    [Fact]
    public async Task A_login_finds_the_user_of_before()
    {
        var login = await app.LoginAsync("alice");

        Assert.Equal(Of("alice", "userId"), (string?)login["user"]!["id"]);
        Assert.False((bool)login["isNewUser"]!);
    }

    [Fact]
    public async Task An_account_of_before_still_has_its_password()
    {
        using var response = await app.Client.PostAsJsonAsync(
            "api/auth/password", new { userName = "dave.account", password = "correct horse battery staple" }, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Of("dave", "userId"), (string?)(await WxAuthApp.JsonAsync(response))["user"]!["id"]);
    }

    [Fact]
    public async Task A_session_that_had_ended_stays_ended()
    {
        using var access = await app.SendAsync(HttpMethod.Get, "api/users/me", Of("bob", "accessToken"));
        using var refresh = await RefreshAsync("bob");

        Assert.Equal("logout", (string?)(await WxAuthApp.AssertProblemAsync(access, 401, "session_revoked"))["reason"]);
        Assert.Equal("logout", (string?)(await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked"))["reason"]);
    }

    [Fact]
    public async Task A_user_that_was_disabled_stays_disabled()
    {
        using var login = await app.Client.PostAsJsonAsync("api/auth/login", new { code = await app.CodeAsync("carol") }, Ct);

        await WxAuthApp.AssertProblemAsync(login, 403, "user_disabled");
    }

    [Fact]
    public async Task The_audit_log_is_whole() =>
        Assert.Equal(7L, await app.ScalarAsync<long>("SELECT count(*) FROM audit_events WHERE at <= '2026-11-20T08:04:00Z'"));

    private static string Of(string phone, string member) => (string)Phones[phone]![member]!;

    private Task<HttpResponseMessage> RefreshAsync(string phone) =>
        app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = Of(phone, "refreshToken") }, Ct);
}
