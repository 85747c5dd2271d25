using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Accounts;

/// <summary>What must hold when an account's changes, logins and end come at the same moment.</summary>
public sealed class AccountRaceTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Joins_and_erasures_of_the_same_users_wait_for_each_other_in_one_order_and_an_administrator_beside_them_is_served()
    {
        var admin = await app.AdminTokenAsync("uninvolved");
        var watched = (string)(await app.LoginAsync("watched"))["user"]!["id"]!;
        for (var round = 0; round < 150; round++)
        {
            var name = $"join.and.erase.{round}";
            await app.CreateAccountAsync(name);
            var account = Token(await app.PasswordLoginAsync(name));
            var user = Token(await app.LoginAsync(name));
            var code = await app.CodeAsync(name);

            var responses = await Task.WhenAll(
                JoinAsync(user, name),
                app.SendAsync(HttpMethod.Delete, "api/users/me", user),
                app.SendAsync(HttpMethod.Delete, "api/users/me", account),
                app.Client.PostAsJsonAsync("api/auth/login", new { code, appId = WxAuthApp.AppId }, Ct),
                app.SendAsync(HttpMethod.Put, $"api/admin/users/{watched}/roles", admin, new { roles = (string[])[$"r{round}"] }));

            Assert.All(responses, response => Assert.True(
                (int)response.StatusCode < 500, $"{round}: {(int)response.StatusCode} of {response.RequestMessage} {app.Logs.Errors()}"));
            await AccountsApp.AssertStatusAsync(responses[3], 200);
            await AccountsApp.AssertStatusAsync(responses[4], 200);
        }

        // A deadlock that was repeated away has kept somebody waiting all the same.
        Assert.DoesNotContain(app.Logs.Lines, line => line.Contains("40P01", StringComparison.Ordinal));
        Assert.Equal(0L, await app.ScalarAsync<long>("""
            SELECT count(*) FROM users u WHERE u.status = 'erased' AND (
                EXISTS (SELECT FROM wechat_identities i WHERE i.user_id = u.id)
                OR EXISTS (SELECT FROM sessions s WHERE s.user_id = u.id AND (s.ended_at IS NULL OR s.open_id IS NOT NULL OR s.ip IS NOT NULL)))
            """));
    }

    [Fact]
    public async Task A_storm_of_logins_leaves_no_live_session_to_a_user_who_is_disabled_meanwhile()
    {
        var admin = await app.AdminTokenAsync("disabler");
        var accountId = await app.CreateAccountAsync("stormy");
        using var bound = await app.BindAsync(await app.TicketAsync("stormy"), "stormy");
        await AccountsApp.AssertStatusAsync(bound, 200);
        for (var round = 0; round < 20; round++)
        {
            var codes = new List<string>();
            for (var i = 0; i < 6; i++)
            {
                codes.Add(await app.CodeAsync("stormy", AccountsApp.BoundAppId));
            }

            var logins = codes.ConvertAll(code => app.Client.PostAsJsonAsync("api/auth/login", new { code, appId = AccountsApp.BoundAppId }, Ct))
                .Concat(Enumerable.Range(0, 6).Select(_ => app.SendPasswordAsync("stormy", AccountsApp.Password))).ToArray();
            await Task.WhenAny(logins);
            using var disable = await app.SendAsync(HttpMethod.Post, $"api/admin/users/{accountId}/disable", admin);
            var responses = await Task.WhenAll(logins);

            await AccountsApp.AssertStatusAsync(disable, 204);
            Assert.All(responses, response => Assert.True(
                response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden, $"{(int)response.StatusCode} {app.Logs.Errors()}"));
            Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{accountId}' AND ended_at IS NULL"));
            using var enable = await app.SendAsync(HttpMethod.Post, $"api/admin/users/{accountId}/enable", admin);
            await AccountsApp.AssertStatusAsync(enable, 204);
        }
    }

    [Fact]
    public async Task Binds_of_one_ticket_to_several_accounts_at_once_make_one_binding()
    {
        string[] accounts = ["grab.0", "grab.1", "grab.2", "grab.3"];
        foreach (var account in accounts)
        {
            await app.CreateAccountAsync(account);
        }

        for (var round = 0; round < 5; round++)
        {
            var ticket = await app.TicketAsync($"grabbed {round}");

            var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => app.BindAsync(ticket, accounts[i % accounts.Length])));

            var winner = Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
            foreach (var refused in responses.Where(response => response != winner))
            {
                await WxAuthApp.AssertProblemAsync(refused, 401, "binding_ticket_invalid");
            }

            var bound = await WxAuthApp.JsonAsync(winner);
            var accountId = (string)bound["user"]!["id"]!;
            Assert.Equal(Guid.Parse(accountId), await app.ScalarAsync<Guid>(
                $"SELECT user_id FROM wechat_identities WHERE open_id = (SELECT open_id FROM sessions WHERE id = '{bound["sessionId"]}')"));
            Assert.Equal(1L, await app.AuditCountAsync($"type = 'bound' AND user_id = '{accountId}'"));
            Assert.Equal(round + 1L, await app.AuditCountAsync("type = 'bound' AND user_id IN (SELECT id FROM users WHERE user_name LIKE 'grab.%')"));
            // The account is free for the next round.
            using var unbind = await app.SendAsync(HttpMethod.Delete, "api/users/me/binding", Token(bound));
            await AccountsApp.AssertStatusAsync(unbind, 204);
            accounts = [.. accounts.Where(account => !string.Equals(account, (string?)bound["user"]!["userName"], StringComparison.Ordinal)), $"grab.{round + 4}"];
            await app.CreateAccountAsync(accounts[^1]);
        }
    }

    private static string Token(JsonObject login) => (string)login["accessToken"]!;

    private Task<HttpResponseMessage> JoinAsync(string token, string userName) =>
        app.SendAsync(HttpMethod.Post, "api/users/me/binding", token, new { userName, password = AccountsApp.Password });
}
