using System.Text.Json.Nodes;

namespace WxAuth.Tests.Accounts;

public sealed class CheckBindStoryTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task From_unbound_over_a_wrong_password_and_a_lock_to_bound_and_back()
    {
        var accountId = await app.CreateAccountAsync("Han.Meimei", "teacher");

        // Unbound: no user is made, and the ticket is all that the phone gets.
        var ticket = await app.TicketAsync("meimei");
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id IS NOT NULL AND app_id = '{AccountsApp.BoundAppId}'"));

        // Wrong passwords, five of them; then the right one too must wait.
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await app.BindAsync(ticket, "han.meimei", "not the password");
            await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
        }

        using (var locked = await app.BindAsync(ticket, "han.meimei"))
        {
            var problem = await WxAuthApp.AssertProblemAsync(locked, 429, "account_locked");
            Assert.Equal("retry_later", (string?)problem["action"]);
            Assert.Equal(900, locked.Headers.RetryAfter?.Delta?.TotalSeconds);
        }

        // The lock outlasts the ticket: a new login gives a new one.
        app.Time.Advance(TimeSpan.FromMinutes(15));
        using (var late = await app.BindAsync(ticket, "han.meimei"))
        {
            await WxAuthApp.AssertProblemAsync(late, 401, "binding_ticket_invalid");
        }

        using var bound = await app.BindAsync(await app.TicketAsync("meimei"), "HAN.meimei");
        await AccountsApp.AssertStatusAsync(bound, 200);
        var session = await WxAuthApp.JsonAsync(bound);
        Assert.Equal(accountId.ToString(), (string?)session["user"]!["id"]);
        Assert.Equal("Han.Meimei", (string?)session["user"]!["userName"]);
        Assert.Equal(["teacher"], Texts(session["user"]!["roles"]!));
        Assert.False((bool)session["isNewUser"]!);

        // Menus by role: the teacher's, but not what is below it for administrators alone.
        using var menus = await app.SendAsync(HttpMethod.Get, "api/users/me/menus", (string?)session["accessToken"]);
        Assert.Equal(
            """{"menus":[{"key":"home","title":"首页","path":"/pages/home","icon":null,"children":[]},{"key":"work","title":"工作","path":null,"icon":null,"children":[{"key":"classes","title":"班级","path":null,"icon":null,"children":[]}]}]}""",
            (await WxAuthApp.JsonAsync(menus)).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        // From now on the login alone does.
        var second = await app.LoginAsync("meimei", AccountsApp.BoundAppId);
        Assert.Equal(accountId.ToString(), (string?)second["user"]!["id"]);

        // Unbound again: the sessions of the identity end, the account stays.
        using var unbind = await app.SendAsync(HttpMethod.Delete, "api/users/me/binding", (string?)second["accessToken"]);
        await AccountsApp.AssertStatusAsync(unbind, 204);
        await app.WhenEndedAsync(session);
        using var ended = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)session["accessToken"]);
        Assert.Equal("unbound", (string?)(await WxAuthApp.AssertProblemAsync(ended, 401, "session_revoked"))["reason"]);
        await app.TicketAsync("meimei");
        await app.PasswordLoginAsync("han.meimei");

        Assert.Equal(1L, await app.AuditCountAsync($"type = 'bound' AND user_id = '{accountId}'"));
        Assert.Equal(1L, await app.AuditCountAsync($"type = 'unbound' AND user_id = '{accountId}'"));
        Assert.Equal(5L, await app.AuditCountAsync("type = 'bind_refused' AND detail ->> 'reason' = 'credentials_invalid'"));
        Assert.Equal(1L, await app.AuditCountAsync("type = 'bind_refused' AND detail ->> 'reason' = 'account_locked'"));
        Assert.Equal(1L, await app.AuditCountAsync("type = 'bind_refused' AND detail ->> 'reason' = 'binding_ticket_invalid'"));
    }

    private static IEnumerable<string> Texts(JsonNode array) => array.AsArray().Select(item => (string)item!);
}
