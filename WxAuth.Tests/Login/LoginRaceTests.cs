using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests.Login;

/// <summary>
/// What changes under a login's feet, at the worst moment: after it has read and before it writes. Somebody holds the rows, so that the
/// login waits; he changes them and commits; the login has to see it.
/// </summary>
public sealed class LoginRaceTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_who_is_disabled_meanwhile_gets_no_session()
    {
        var user = await UserAsync("disabled meanwhile");

        using var response = await LogInWhileAsync(
            "disabled meanwhile",
            $"SELECT 1 FROM users WHERE id = '{user}' FOR UPDATE",
            $"UPDATE users SET status = 'disabled' WHERE id = '{user}'; UPDATE sessions SET ended_at = now(), end_reason = 'user_disabled' WHERE user_id = '{user}'");

        await WxAuthApp.AssertProblemAsync(response, 403, "user_disabled");
        Assert.Equal(0L, await LiveSessionsAsync(user));
    }

    [Fact]
    public async Task Roles_that_change_meanwhile_are_in_the_token()
    {
        var user = await UserAsync("promoted meanwhile");

        using var response = await LogInWhileAsync(
            "promoted meanwhile",
            $"SELECT 1 FROM users WHERE id = '{user}' FOR UPDATE",
            $$"""UPDATE users SET roles = '{clerk}' WHERE id = '{{user}}'""");

        var login = await WxAuthApp.JsonAsync(response);
        Assert.Equal(["clerk"], login["user"]!["roles"]!.AsArray().Select(role => (string?)role));
        Assert.Equal(["clerk"], PayloadOf((string)login["accessToken"]!)["roles"]!.AsArray().Select(role => (string?)role));
    }

    [Fact]
    public async Task An_identity_that_is_moved_meanwhile_logs_in_as_the_user_it_leads_to()
    {
        var (from, to) = (await UserAsync("moved meanwhile"), await UserAsync("moved to"));

        using var response = await LogInWhileAsync(
            "moved meanwhile",
            $"SELECT 1 FROM wechat_identities WHERE user_id = '{from}' FOR UPDATE",
            $"UPDATE wechat_identities SET user_id = '{to}' WHERE user_id = '{from}'");

        Assert.Equal(to, (string?)(await WxAuthApp.JsonAsync(response))["user"]!["id"]);
        Assert.Equal(1L, await LiveSessionsAsync(from));
        Assert.Equal(2L, await LiveSessionsAsync(to));
    }

    [Fact]
    public async Task An_identity_that_is_made_meanwhile_is_found()
    {
        var known = await UserAsync("made by whom");
        // Nobody has logged in with this openid; the row that somebody else is about to make is a copy of another one's.
        var openId = SimulatedIdentity.OpenId(WxAuthApp.AppId, "made meanwhile");

        using var response = await LogInWhileAsync(
            "made meanwhile",
            $"""
            INSERT INTO wechat_identities (app_id, open_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at)
            SELECT app_id, '{openId}', user_id, created_at, session_key_sealed, session_key_tag, session_key_at
            FROM wechat_identities WHERE user_id = '{known}'
            """,
            "SELECT 1");

        var login = await WxAuthApp.JsonAsync(response);
        Assert.Equal(known, (string?)login["user"]!["id"]);
        Assert.False((bool)login["isNewUser"]!);
    }

    [Fact]
    public async Task Nobody_writes_a_session_of_a_user_who_is_not_active()
    {
        var user = await UserAsync("by hand");
        await app.ScalarAsync<object>($"UPDATE users SET status = 'disabled' WHERE id = '{user}'");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => app.ScalarAsync<object>($"""
            INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, access_expires_at, refresh_generation, refresh_seed_hash, is_new_user)
            SELECT gen_random_uuid(), user_id, created_at, refreshed_at, expires_at, access_expires_at, 1, refresh_seed_hash, false
            FROM sessions WHERE user_id = '{user}'
            """));

        Assert.Equal("ck_sessions_active_user", refused.ConstraintName);
    }

    [Fact]
    public async Task Two_hundred_first_logins_of_one_openid_on_two_nodes_make_one_user()
    {
        var otherNode = await app.AddNodeAsync();
        var codes = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            codes.Add(await app.CodeAsync("two crowds"));
        }

        var responses = await Task.WhenAll(codes.Select((code, i) =>
            (i % 2 == 0 ? app.Client : otherNode).PostAsJsonAsync("api/auth/login", new { code }, Ct)));

        Assert.All(responses, response => Assert.Equal(200, (int)response.StatusCode));
        var answers = await Task.WhenAll(responses.Select(WxAuthApp.JsonAsync));
        var user = Assert.Single(answers.Select(answer => (string)answer["user"]!["id"]!).Distinct());
        Assert.Single(answers, answer => (bool)answer["isNewUser"]!);
        // Logins of the very same instant may exceed the limit until another one has followed them.
        await app.LoginAsync("two crowds");
        Assert.Equal(10L, await LiveSessionsAsync(user));
    }

    [Fact]
    public async Task Logins_with_different_session_keys_at_once_all_succeed_and_keep_two_keys_in_order()
    {
        var otherNode = await app.AddNodeAsync();
        var user = await UserAsync("many keys");
        var codes = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            // WeChat gives another key after a minute; a code is good for five.
            app.Time.Advance(TimeSpan.FromSeconds(61));
            codes.Add(await app.CodeAsync("many keys"));
        }

        var responses = await Task.WhenAll(codes.Select((code, i) =>
            (i % 2 == 0 ? app.Client : otherNode).PostAsJsonAsync("api/auth/login", new { code }, Ct)));

        Assert.All(responses, response => Assert.Equal(200, (int)response.StatusCode));
        Assert.Equal(5L, await LiveSessionsAsync(user));
        Assert.True(await app.ScalarAsync<bool>(
            $"SELECT session_key_at > previous_session_key_at FROM wechat_identities WHERE user_id = '{user}'"));
    }

    /// <summary>Logs in while rows are held that the login needs, and changes them before it gets on.</summary>
    private async Task<HttpResponseMessage> LogInWhileAsync(string user, string hold, string change)
    {
        var code = await app.CodeAsync(user);
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await ExecuteAsync(connection, hold);

        var login = app.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct);
        while (await app.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO%'") == 0)
        {
            Assert.False(login.IsCompleted, "The login waited for nobody.");
        }

        await ExecuteAsync(connection, change);
        await transaction.CommitAsync(Ct);
        return await login;
    }

    private async Task<string> UserAsync(string user) => (string)(await app.LoginAsync(user))["user"]!["id"]!;

    private Task<long> LiveSessionsAsync(string userId) =>
        app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}' AND ended_at IS NULL");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static JsonNode PayloadOf(string token)
    {
        var part = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        return JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(part.PadRight(part.Length + ((4 - (part.Length % 4)) % 4), '='))))!;
    }
}
