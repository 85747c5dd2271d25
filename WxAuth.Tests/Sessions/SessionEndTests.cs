using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Sessions;

/// <summary>Each way in which a session ends: refused at use, at refresh and, where that is so, at login, with its own code and reason.</summary>
public sealed class SessionEndTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Logout_with_the_access_token_ends_the_session()
    {
        var login = await app.LoginAsync("bearer");

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login));

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await AssertEndedAsync(login, "logout");
        Assert.Equal("logout", await app.ScalarAsync<string>($"SELECT string_agg(type, ' ') FROM audit_events WHERE session_id = '{login["sessionId"]}' AND type <> 'login'"));
    }

    [Fact]
    public async Task Logout_with_the_refresh_token_ends_the_session_also_beside_an_expired_access_token()
    {
        var login = await app.LoginAsync("refresh");
        app.Time.Advance(TimeSpan.FromMinutes(31));
        using var expired = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login));
        await WxAuthApp.AssertProblemAsync(expired, 401, "token_expired");

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login), new { refreshToken = Refresh(login) });

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await AssertRefreshRefusedAsync(login, "logout");
    }

    [Fact]
    public async Task Logout_with_a_used_refresh_token_ends_the_session_too()
    {
        var login = await app.LoginAsync("older-generation");
        var refreshed = await RefreshAsync(login);

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", null, new { refreshToken = Refresh(login) });

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await AssertEndedAsync(refreshed, "logout");
    }

    [Fact]
    public async Task A_good_access_token_wins_over_the_refresh_token_of_another_session()
    {
        var one = await app.LoginAsync("wins");
        var other = await app.LoginAsync("wins");

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(one), new { refreshToken = Refresh(other) });

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await AssertEndedAsync(one, "logout");
        await RefreshAsync(other);
    }

    [Theory]
    [InlineData("")]
    [InlineData("none of ours")]
    [InlineData("\0")]
    [InlineData("AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqoC5vEdX2Yd3AZqo")]
    public async Task Any_value_of_the_refresh_token_is_answered_alike(string refreshToken)
    {
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", null, new { refreshToken });

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"refreshToken":null}""")]
    public async Task Logout_with_neither_token_is_refused(string? body)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var logout = await app.Client.PostAsync("api/auth/logout", content, Ct);

        await WxAuthApp.AssertProblemAsync(logout, 401, "token_missing");
        Assert.Equal("Bearer", logout.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_second_logout_of_an_ended_session_says_so()
    {
        var login = await app.LoginAsync("twice");
        using var first = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login));
        await AssertEndedAsync(login, "logout");

        using var second = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login));
        using var third = await app.SendAsync(HttpMethod.Post, "api/auth/logout", Access(login), new { refreshToken = Refresh(login) });

        await WxAuthApp.AssertProblemAsync(second, 401, "session_revoked");
        Assert.Equal(HttpStatusCode.NoContent, third.StatusCode);
    }

    [Fact]
    public async Task The_eleventh_login_replaces_the_session_that_was_not_used_for_longest()
    {
        var logins = new List<JsonObject>();
        for (var i = 0; i < 10; i++)
        {
            app.Time.Advance(TimeSpan.FromSeconds(1));
            logins.Add(await app.LoginAsync("many"));
        }

        app.Time.Advance(TimeSpan.FromSeconds(1));
        logins[0] = await RefreshAsync(logins[0]);
        logins.Add(await app.LoginAsync("many"));

        await AssertEndedAsync(logins[1], "replaced");
        await RefreshAsync(logins[0]);
        await RefreshAsync(logins[2]);
        await RefreshAsync(logins[10]);
    }

    [Fact]
    public async Task The_user_ends_one_of_the_other_sessions_and_then_all_of_them()
    {
        var logins = new List<JsonObject>();
        for (var i = 0; i < 4; i++)
        {
            logins.Add(await app.LoginAsync("sessions"));
        }

        using var one = await app.SendAsync(HttpMethod.Delete, $"api/users/me/sessions/{logins[1]["sessionId"]}", Access(logins[0]));
        Assert.Equal(HttpStatusCode.NoContent, one.StatusCode);
        await AssertEndedAsync(logins[1], "revoked_by_user");
        await RefreshAsync(logins[2]);

        using var others = await app.SendAsync(HttpMethod.Delete, "api/users/me/sessions", Access(logins[0]));
        Assert.Equal(HttpStatusCode.NoContent, others.StatusCode);
        await AssertEndedAsync(logins[2], "revoked_by_user");
        await AssertEndedAsync(logins[3], "revoked_by_user");

        using var list = await app.SendAsync(HttpMethod.Get, "api/users/me/sessions", Access(logins[0]));
        var session = Assert.Single((await WxAuthApp.JsonAsync(list))["sessions"]!.AsArray());
        Assert.Equal((string?)logins[0]["sessionId"], (string?)session!["id"]);
        Assert.True((bool)session["current"]!);
        Assert.Equal("no-store", list.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Another_users_session_and_no_session_at_all_are_not_found_and_stay()
    {
        var own = await app.LoginAsync("own");
        var foreign = await app.LoginAsync("foreign");

        foreach (var id in new[] { (string)foreign["sessionId"]!, "01936f00-0000-7000-8000-000000000000", "none" })
        {
            using var response = await app.SendAsync(HttpMethod.Delete, $"api/users/me/sessions/{id}", Access(own));
            await WxAuthApp.AssertProblemAsync(response, 404, "not_found");
        }

        await RefreshAsync(foreign);
    }

    [Theory]
    [InlineData("disabled", "user_disabled")]
    [InlineData("erased", "erased")]
    public async Task A_user_who_is_disabled_or_erased_is_refused_everywhere(string status, string reason)
    {
        var login = await app.LoginAsync(status);

        await app.ScalarAsync<int>($"""
            UPDATE users SET status = '{status}' WHERE id = '{UserId(login)}';
            SELECT end_sessions('{UserId(login)}', '{reason}', '{app.Time.GetUtcNow():O}', NULL, NULL, NULL)
            """);

        await AssertEndedAsync(login, reason);
        using var again = await app.Client.PostAsJsonAsync("api/auth/login", new { code = await app.CodeAsync(status) }, Ct);
        var problem = await WxAuthApp.AssertProblemAsync(again, 403, "user_disabled");
        Assert.Equal("contact_support", (string?)problem["action"]);
    }

    [Theory]
    [InlineData("disabled", "user_disabled")]
    [InlineData("erased", "erased")]
    public async Task A_refresh_looks_at_the_users_status_even_where_nobody_ended_the_session(string status, string reason)
    {
        var login = await app.LoginAsync($"only-{status}");

        await app.ScalarAsync<int>($"UPDATE users SET status = '{status}' WHERE id = '{UserId(login)}'");

        await AssertRefreshRefusedAsync(login, reason);
        await AssertEndedAsync(login, reason);
    }

    private async Task AssertEndedAsync(JsonObject login, string reason)
    {
        // The news comes by way of PostgreSQL, also to the node that caused it.
        await Eventually.TrueAsync(
            async () =>
            {
                using var probe = await app.SendAsync(HttpMethod.Get, "api/users/me", Access(login));
                return probe.StatusCode == HttpStatusCode.Unauthorized;
            },
            Bound,
            $"refused for {reason}");
        using var use = await app.SendAsync(HttpMethod.Get, "api/users/me", Access(login));
        var problem = await WxAuthApp.AssertProblemAsync(use, 401, "session_revoked");
        Assert.Equal(reason, (string?)problem["reason"]);
        Assert.Equal("login_again", (string?)problem["action"]);
        Assert.StartsWith("Bearer error=\"invalid_token\"", use.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        await AssertRefreshRefusedAsync(login, reason);
    }

    private async Task AssertRefreshRefusedAsync(JsonObject login, string reason)
    {
        using var refresh = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = Refresh(login) }, Ct);
        var problem = await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked");
        Assert.Equal(reason, (string?)problem["reason"]);
        Assert.Equal("login_again", (string?)problem["action"]);
    }

    private async Task<JsonObject> RefreshAsync(JsonObject login)
    {
        using var response = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = Refresh(login) }, Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
        return await WxAuthApp.JsonAsync(response);
    }

    private static string Access(JsonObject login) => (string)login["accessToken"]!;

    private static string Refresh(JsonObject login) => (string)login["refreshToken"]!;

    private static string UserId(JsonObject login) => (string)login["user"]!["id"]!;
}
