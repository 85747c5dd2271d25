using System.Net;
using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Admin;

public sealed class AdminUsersTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_user_is_found_by_each_of_its_names_and_by_nothing_else()
    {
        var token = await app.AdminTokenAsync("search.admin");
        var login = await app.LoginAsync("searched");
        var id = (string)login["user"]!["id"]!;
        await app.ScalarAsync<int>($"UPDATE users SET nickname = '100%_Äther😀', phone_number = '+8613912345678' WHERE id = '{id}'");
        var openId = await app.ScalarAsync<string>($"SELECT open_id FROM wechat_identities WHERE user_id = '{id}'");
        var account = (await app.CreateAccountAsync("Search.Me_Not")).ToString();
        await app.CreateAccountAsync("searchXme_not");

        Assert.Equal([id], await FoundAsync(token, id));
        Assert.Equal([id], await FoundAsync(token, openId!));
        Assert.Equal([id], await FoundAsync(token, "+8613912345678"));
        Assert.Equal([id], await FoundAsync(token, "139 1234 5678"));
        Assert.Equal([id], await FoundAsync(token, "100%_ÄTHER😀"));
        Assert.Equal([id], await FoundAsync(token, " 100% "));
        Assert.Equal([account], await FoundAsync(token, "search.mE_"));
        Assert.Empty(await FoundAsync(token, "earch.me"));
        Assert.Empty(await FoundAsync(token, "%"));
        Assert.Empty(await FoundAsync(token, "search.me%"));
        Assert.Empty(await FoundAsync(token, openId![..^1]));
    }

    [Fact]
    public async Task Pages_hold_every_user_once_though_more_come_meanwhile()
    {
        var token = await app.AdminTokenAsync("paging.admin");
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            made.Add((await app.CreateAccountAsync($"paged.{i}")).ToString());
            app.Time.Advance(TimeSpan.FromMilliseconds(5));
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync(token, $"api/admin/users?query=paged.&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(Ids(page));
            cursor = (string?)page["nextCursor"];
            await app.CreateAccountAsync($"paged.late.{seen.Count}");
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Reverse(made), seen);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=YQGTAAAAAHAAgAAAAAAAAAA", "cursor")]
    public async Task A_bad_limit_or_cursor_is_told_with_its_field(string query, string field)
    {
        var token = await app.AdminTokenAsync($"bad.{Guid.CreateVersion7(app.Time.GetUtcNow()):N}");

        using var response = await app.SendAsync(HttpMethod.Get, $"api/admin/users?{query}", token);

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task One_user_is_shown_with_identities_and_sessions()
    {
        var token = await app.AdminTokenAsync("shown.admin");
        var login = await app.LoginAsync("shown");
        await app.LoginAsync("shown");

        var user = await GetAsync(token, $"api/admin/users/{login["user"]!["id"]}");

        Assert.Equal("active", (string?)user["status"]);
        Assert.Equal(2, (int)user["liveSessions"]!);
        Assert.NotNull((string?)user["lastLoginAt"]);
        var identity = Assert.Single(user["identities"]!.AsArray())!.AsObject();
        Assert.Equal(["appId", "openId", "unionId"], identity.Select(member => member.Key));
        Assert.Equal(WxAuthApp.AppId, (string?)identity["appId"]);
        using var none = await app.SendAsync(HttpMethod.Get, "api/admin/users/01930000-0000-7000-8000-000000000000", token);
        await WxAuthApp.AssertProblemAsync(none, 404, "not_found");
        using var noId = await app.SendAsync(HttpMethod.Get, "api/admin/users/17", token);
        await WxAuthApp.AssertProblemAsync(noId, 404, "not_found");
    }

    [Fact]
    public async Task Disabling_bites_at_once_and_enabling_lets_in_again()
    {
        var token = await app.AdminTokenAsync("disabling.admin");
        var login = await app.LoginAsync("to.disable");
        var path = $"api/admin/users/{login["user"]!["id"]}";

        using var disable = await app.SendAsync(HttpMethod.Post, $"{path}/disable", token);
        using var again = await app.SendAsync(HttpMethod.Post, $"{path}/disable", token);

        await AccountsApp.AssertStatusAsync(disable, 204);
        await AccountsApp.AssertStatusAsync(again, 204);
        await app.WhenEndedAsync(login);
        using var refused = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]);
        Assert.Equal("user_disabled", (string?)(await WxAuthApp.AssertProblemAsync(refused, 401, "session_revoked"))["reason"]);
        Assert.Equal(1L, await app.AuditCountAsync(
            $"type = 'user_disabled' AND user_id = '{login["user"]!["id"]}' AND detail ->> 'by' = '{await IdOfAsync("disabling.admin")}'"));
        using var enable = await app.SendAsync(HttpMethod.Post, $"{path}/enable", token);
        await AccountsApp.AssertStatusAsync(enable, 204);
        await app.LoginAsync("to.disable");
    }

    [Fact]
    public async Task New_roles_bite_at_once_and_the_same_ones_change_nothing()
    {
        var token = await app.AdminTokenAsync("roles.admin");
        var login = await app.LoginAsync("promoted");
        var path = $"api/admin/users/{login["user"]!["id"]}/roles";

        using var changed = await app.SendAsync(HttpMethod.Put, path, token, new { roles = (string[])["teacher", "admin", "teacher"] });

        await AccountsApp.AssertStatusAsync(changed, 200);
        Assert.Equal(["teacher", "admin"], (await WxAuthApp.JsonAsync(changed))["roles"]!.AsArray().Select(role => (string)role!));
        await app.WhenEndedAsync(login);
        using var old = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]);
        Assert.Equal("roles_changed", (string?)(await WxAuthApp.AssertProblemAsync(old, 401, "session_revoked"))["reason"]);
        var next = await app.LoginAsync("promoted");
        using var allowed = await app.SendAsync(HttpMethod.Get, "api/admin/users", (string?)next["accessToken"]);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);

        using var same = await app.SendAsync(HttpMethod.Put, path, token, new { roles = (string[])["admin", "teacher"] });
        await AccountsApp.AssertStatusAsync(same, 200);
        Assert.Equal(1, (int)(await WxAuthApp.JsonAsync(same))["liveSessions"]!);
        Assert.Equal(1L, await app.AuditCountAsync($$"""
            type = 'roles_changed' AND user_id = '{{login["user"]!["id"]}}' AND detail -> 'before' = '[]' AND detail -> 'after' = '["teacher", "admin"]'
            """));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"roles": null}""")]
    [InlineData("""{"roles": [null]}""")]
    [InlineData("""{"roles": ["Admin"]}""")]
    [InlineData("""{"roles": [""]}""")]
    [InlineData("""{"roles": ["r0","r1","r2","r3","r4","r5","r6","r7","r8","r9","s0","s1","s2","s3","s4","s5","s6","s7","s8","s9","t0"]}""")]
    public async Task Roles_that_are_none_are_refused(string body)
    {
        var token = await app.AdminTokenAsync($"rules.{Guid.CreateVersion7(app.Time.GetUtcNow()):N}");
        var login = await app.LoginAsync("unpromoted");

        using var response = await app.SendAsync(HttpMethod.Put, $"api/admin/users/{login["user"]!["id"]}/roles", token, JsonNode.Parse(body));

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal("roles", Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task Ending_the_sessions_of_a_user_says_who_did_it()
    {
        var token = await app.AdminTokenAsync("ending.admin");
        var login = await app.LoginAsync("to.end");

        using var response = await app.SendAsync(HttpMethod.Delete, $"api/admin/users/{login["user"]!["id"]}/sessions", token);

        await AccountsApp.AssertStatusAsync(response, 204);
        await app.WhenEndedAsync(login);
        Assert.Equal(1L, await app.AuditCountAsync(
            $"session_id = '{login["sessionId"]}' AND detail ->> 'reason' = 'revoked_by_admin' AND detail ->> 'by' = '{await IdOfAsync("ending.admin")}'"));
        await app.LoginAsync("to.end");
    }

    [Fact]
    public async Task An_account_is_made_once_whatever_the_case_of_its_name()
    {
        var token = await app.AdminTokenAsync("making.admin");
        var body = new { userName = "Made.Account", password = "eight 字符!", roles = (string[])["teacher"] };

        using var made = await app.SendAsync(HttpMethod.Post, "api/admin/accounts", token, body);
        using var taken = await app.SendAsync(HttpMethod.Post, "api/admin/accounts", token, body with { userName = "MADE.account" });

        await AccountsApp.AssertStatusAsync(made, 201);
        var user = await WxAuthApp.JsonAsync(made);
        Assert.Equal($"/api/admin/users/{user["id"]}", made.Headers.Location?.ToString());
        Assert.Equal("Made.Account", (string?)user["userName"]);
        await WxAuthApp.AssertProblemAsync(taken, 409, "user_name_taken");
        Assert.Equal(1L, await app.AuditCountAsync(
            $"type = 'account_created' AND user_id = '{user["id"]}' AND detail ->> 'by' = '{await IdOfAsync("making.admin")}'"));
    }

    [Fact]
    public async Task Of_accounts_of_one_name_made_at_once_there_is_one()
    {
        var token = await app.AdminTokenAsync("racing.admin");

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => app.SendAsync(
            HttpMethod.Post, "api/admin/accounts", token, new { userName = i % 2 == 0 ? "raced" : "RACED", password = "good password", roles = Array.Empty<string>() })));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Created);
        foreach (var taken in responses.Where(response => response.StatusCode != HttpStatusCode.Created))
        {
            await WxAuthApp.AssertProblemAsync(taken, 409, "user_name_taken");
        }

        Assert.Equal(1L, await app.AuditCountAsync("type = 'account_created' AND user_id IN (SELECT id FROM users WHERE lower(user_name) = 'raced')"));
    }

    [Theory]
    [InlineData("ab", "good password", "userName")]
    [InlineData("with space", "good password", "userName")]
    [InlineData("Good.Name", "good.name", "password")]
    [InlineData("good.name", "7 chars", "password")]
    [InlineData("good.name", "good\0password", "password")]
    public async Task An_account_outside_the_limits_is_refused(string userName, string password, string field)
    {
        var token = await app.AdminTokenAsync($"limits.{Guid.CreateVersion7(app.Time.GetUtcNow()):N}");

        using var response = await app.SendAsync(
            HttpMethod.Post, "api/admin/accounts", token, new { userName, password, roles = Array.Empty<string>() });

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["items"]!.AsArray().Select(item => (string)item!["id"]!);

    private async Task<string[]> FoundAsync(string token, string query) =>
        [.. Ids(await GetAsync(token, $"api/admin/users?query={Uri.EscapeDataString(query)}"))];

    private async Task<JsonObject> GetAsync(string token, string path)
    {
        using var response = await app.SendAsync(HttpMethod.Get, path, token);
        await AccountsApp.AssertStatusAsync(response, 200);
        return await WxAuthApp.JsonAsync(response);
    }

    private Task<Guid> IdOfAsync(string userName) => app.ScalarAsync<Guid>($"SELECT id FROM users WHERE user_name = '{userName}'");
}
