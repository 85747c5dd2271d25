using System.Net;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Admin;

/// <summary>Alone with its database: who else is an administrator matters here.</summary>
public sealed class LastAdministratorTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task Of_administrators_who_remove_each_other_at_once_one_is_left()
    {
        // Two that disable each other, and two that demote each other, and so on: only the others of a round count as administrators.
        for (var round = 0; round < 8; round++)
        {
            await app.ScalarAsync<int>("UPDATE users SET status = 'disabled'");
            var first = await AdministratorAsync($"first.{round}");
            var second = await AdministratorAsync($"second.{round}");

            var responses = round % 2 == 0
                ? await Task.WhenAll(DisableAsync(first.Token, second.Id), DisableAsync(second.Token, first.Id))
                : await Task.WhenAll(DemoteAsync(first.Token, second.Id), DemoteAsync(second.Token, first.Id));

            Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM users WHERE status = 'active' AND 'admin' = ANY (roles)"));
            Assert.Single(responses, response => response.IsSuccessStatusCode);
            // The other one came too late for its session, or was refused.
            Assert.Single(responses, response => response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task The_last_one_stays_whatever_it_does_to_itself_and_disabled_ones_do_not_count()
    {
        await app.ScalarAsync<int>("UPDATE users SET status = 'disabled'");
        var last = await AdministratorAsync("last");

        using var disable = await DisableAsync(last.Token, last.Id);
        using var demote = await DemoteAsync(last.Token, last.Id);
        using var same = await app.SendAsync(HttpMethod.Put, $"api/admin/users/{last.Id}/roles", last.Token, new { roles = (string[])["admin"] });

        var problem = await WxAuthApp.AssertProblemAsync(disable, 409, "last_administrator");
        Assert.Equal("fix_request", (string?)problem["action"]);
        await WxAuthApp.AssertProblemAsync(demote, 409, "last_administrator");
        await AccountsApp.AssertStatusAsync(same, 200);
    }

    private async Task<(Guid Id, string Token)> AdministratorAsync(string userName)
    {
        var id = await app.CreateAccountAsync(userName, "admin");
        return (id, (string)(await app.PasswordLoginAsync(userName))["accessToken"]!);
    }

    private Task<HttpResponseMessage> DisableAsync(string token, Guid id) => app.SendAsync(HttpMethod.Post, $"api/admin/users/{id}/disable", token);

    private Task<HttpResponseMessage> DemoteAsync(string token, Guid id) =>
        app.SendAsync(HttpMethod.Put, $"api/admin/users/{id}/roles", token, new { roles = Array.Empty<string>() });
}
