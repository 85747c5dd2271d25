using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests.Audit;

/// <summary>
/// The record of a login is the row of its session; in releases before it was an audit event of its own. The list shows both alike.
/// </summary>
public sealed class LoginRecordsTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "login")]
    [InlineData(true, "profile_changed")]
    [InlineData(false, null)]
    [InlineData(false, "login")]
    [InlineData(false, "logout")]
    public async Task Logins_of_before_and_after_are_one_list_nothing_of_it_twice_and_nothing_lost(bool oneUser, string? type)
    {
        var token = await AdminTokenAsync();
        var name = $"changed-{oneUser}-{type}";
        var userId = await LiveThroughTheChangeAsync(name);
        var expected = await ExpectedAsync(oneUser ? userId : null, type);
        var query = $"limit=2{(oneUser ? $"&userId={userId}" : "")}{(type is null ? "" : $"&type={type}")}";

        var shown = new List<string>();
        string? cursor = null;
        do
        {
            using var response = await app.SendAsync(HttpMethod.Get, $"api/admin/audit?{query}{(cursor is null ? "" : $"&cursor={cursor}")}", token);
            var page = await WxAuthApp.JsonAsync(response);
            shown.AddRange(page["items"]!.AsArray().Select(item => $"{item!["id"]} {item["type"]}"));
            cursor = (string?)page["nextCursor"];
            // What comes in meanwhile is newer.
            app.Time.Advance(TimeSpan.FromMilliseconds(2));
            var accessToken = (string?)(await app.LoginAsync(name))["accessToken"];
            using var changed = await app.SendAsync(HttpMethod.Patch, "api/users/me", accessToken, new { nickname = $"n{shown.Count}" });
            using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", accessToken);
        }
        while (cursor is not null);

        Assert.NotEmpty(expected);
        Assert.Equal(expected, shown);
    }

    [Fact]
    public async Task An_export_shows_the_logins_of_before_and_after_the_oldest_first()
    {
        var userId = await LiveThroughTheChangeAsync("exported");
        var login = await app.LoginAsync("exported");

        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me/export", (string?)login["accessToken"]);

        var export = await WxAuthApp.JsonAsync(response);
        var shown = export["auditEvents"]!.AsArray().Select(item => $"{item!["id"]} {item["type"]}").ToList();
        Assert.Equal(Enumerable.Reverse(await ExpectedAsync(userId, type: null)), shown);
        Assert.Equal(
            await RowsAsync($"SELECT id::text FROM sessions WHERE user_id = '{userId}' ORDER BY id"),
            export["sessions"]!.AsArray().Select(session => (string?)session!["id"]));
    }

    [Fact]
    public async Task A_login_is_shown_as_before_and_without_its_address_once_the_user_is_erased()
    {
        var token = await AdminTokenAsync();
        var login = await app.LoginAsync("recorded");
        var userId = (string)login["user"]!["id"]!;

        var item = await OnlyLoginAsync();
        using var erased = await app.SendAsync(HttpMethod.Delete, "api/users/me", (string?)login["accessToken"]);
        var after = await OnlyLoginAsync();

        var sessionId = (string?)login["sessionId"];
        var expected = new JsonObject
        {
            ["id"] = sessionId,
            ["at"] = app.Time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
            ["type"] = "login",
            ["outcome"] = "success",
            ["userId"] = userId,
            ["appId"] = WxAuthApp.AppId,
            ["sessionId"] = sessionId,
            ["ip"] = "127.0.0.1",
            ["detail"] = new JsonObject { ["newUser"] = true },
        };
        Assert.Equal(expected.ToJsonString(), item.ToJsonString());
        item["ip"] = null;
        Assert.Equal(item.ToJsonString(), after.ToJsonString());

        async Task<JsonObject> OnlyLoginAsync()
        {
            using var response = await app.SendAsync(HttpMethod.Get, $"api/admin/audit?userId={userId}&type=login", token);
            return Assert.Single((await WxAuthApp.JsonAsync(response))["items"]!.AsArray())!.AsObject();
        }
    }

    private async Task<string> AdminTokenAsync()
    {
        var id = (string)(await app.LoginAsync("administrator"))["user"]!["id"]!;
        await app.ScalarAsync<int>($"UPDATE users SET roles = '{{admin}}' WHERE id = '{id}'");
        return (string)(await app.LoginAsync("administrator"))["accessToken"]!;
    }

    // Logins of an earlier release, with their audit events; then a profile change, logins of this release and a logout.
    private async Task<Guid> LiveThroughTheChangeAsync(string name)
    {
        var first = await app.LoginAsync(name);
        var userId = Guid.Parse((string)first["user"]!["id"]!);
        var now = app.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        await app.ScalarAsync<int>($$"""
            WITH before AS (
                SELECT uuid_v7(at) AS session_id, at
                FROM (SELECT '{{now}}'::timestamptz - d * interval '1 hour' AS at FROM generate_series(1, 5) d) times),
            sessions_before AS (
                INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, access_expires_at,
                                      refresh_generation, refresh_seed_hash, is_new_user)
                SELECT session_id, '{{userId}}', at, at, at + interval '30 days', at, 1, '', false FROM before)
            INSERT INTO audit_events (id, at, type, outcome, user_id, session_id, detail)
            SELECT uuid_v7(at), at, 'login', 'success', '{{userId}}'::uuid, session_id, '{}'::jsonb FROM before
            UNION ALL SELECT uuid_v7(at), at, 'profile_changed', 'success', '{{userId}}'::uuid, NULL, '{}'::jsonb FROM before
            """);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        using var changed = await app.SendAsync(HttpMethod.Patch, "api/users/me", (string?)first["accessToken"], new { nickname = name });
        for (var i = 0; i < 4; i++)
        {
            app.Time.Advance(TimeSpan.FromSeconds(1));
            await app.LoginAsync(name);
        }

        app.Time.Advance(TimeSpan.FromSeconds(1));
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", (string?)first["accessToken"]);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        return userId;
    }

    private Task<List<string>> ExpectedAsync(Guid? userId, string? type)
    {
        var user = userId is null ? "true" : $"user_id = '{userId}'";
        var ofType = type is null ? "true" : $"type = '{type}'";
        return RowsAsync($"""
            SELECT id || ' ' || type FROM (
                SELECT id, type, user_id FROM audit_events
                UNION ALL SELECT id, 'login', user_id FROM sessions WHERE records_login) log
            WHERE {user} AND {ofType} ORDER BY id DESC
            """);
    }

    private async Task<List<string>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var rows = new List<string>();
        while (await reader.ReadAsync(Ct))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
