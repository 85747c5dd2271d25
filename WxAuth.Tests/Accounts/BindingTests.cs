using System.Net;
using System.Net.Http.Json;

namespace WxAuth.Tests.Accounts;

public sealed class BindingTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_hundred_binds_of_one_ticket_at_once_one_succeeds()
    {
        await app.CreateAccountAsync("hundred");
        var ticket = await app.TicketAsync("hundred");

        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => app.BindAsync(ticket, "hundred")));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        foreach (var refused in responses.Where(response => response.StatusCode != HttpStatusCode.OK))
        {
            await WxAuthApp.AssertProblemAsync(refused, 401, "binding_ticket_invalid");
        }
    }

    [Fact]
    public async Task A_wrong_password_does_not_use_the_ticket_up()
    {
        await app.CreateAccountAsync("typo");
        var ticket = await app.TicketAsync("typo");
        using var wrong = await app.BindAsync(ticket, "typo", "tpyo");
        await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");

        using var right = await app.BindAsync(ticket, "typo");

        await AccountsApp.AssertStatusAsync(right, 200);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("++++++++++++++++++++++++++++++++++++++++++3")]
    public async Task A_ticket_that_is_none_is_refused(string ticket)
    {
        using var response = await app.BindAsync(ticket, "no.ticket");

        await WxAuthApp.AssertProblemAsync(response, 401, "binding_ticket_invalid");
    }

    [Fact]
    public async Task Only_the_latest_ticket_counts_and_only_for_ten_minutes()
    {
        await app.CreateAccountAsync("latest");
        var first = await app.TicketAsync("latest");
        var second = await app.TicketAsync("latest");
        using (var old = await app.BindAsync(first, "latest"))
        {
            await WxAuthApp.AssertProblemAsync(old, 401, "binding_ticket_invalid");
        }

        app.Time.Advance(TimeSpan.FromMinutes(10));

        using var late = await app.BindAsync(second, "latest");
        await WxAuthApp.AssertProblemAsync(late, 401, "binding_ticket_invalid");
    }

    [Fact]
    public async Task An_account_is_bound_to_one_openid_of_an_app()
    {
        var accountId = await app.CreateAccountAsync("one.openid");
        using var first = await app.BindAsync(await app.TicketAsync("one.openid"), "one.openid");
        await AccountsApp.AssertStatusAsync(first, 200);
        var ticket = await app.TicketAsync("other.openid");

        using var second = await app.BindAsync(ticket, "one.openid");

        await WxAuthApp.AssertProblemAsync(second, 409, "binding_conflict");
        Assert.Equal(1L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id = '{accountId}'"));
        // The ticket is as good as before.
        await app.CreateAccountAsync("another.account");
        using var third = await app.BindAsync(ticket, "another.account");
        await AccountsApp.AssertStatusAsync(third, 200);
    }

    [Fact]
    public async Task Two_openids_of_an_app_at_once_do_not_get_one_account()
    {
        await app.CreateAccountAsync("contested");
        var tickets = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            tickets.Add(await app.TicketAsync($"contested {i}"));
        }

        var responses = await Task.WhenAll(tickets.Select(ticket => app.BindAsync(ticket, "contested")));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, responses.Count(response => response.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_disabled_account_is_told_so_only_with_the_right_password()
    {
        var accountId = await app.CreateAccountAsync("bind.disabled");
        await app.ScalarAsync<int>($"UPDATE users SET status = 'disabled' WHERE id = '{accountId}'");
        var ticket = await app.TicketAsync("bind.disabled");

        using var wrong = await app.BindAsync(ticket, "bind.disabled", "wrong password");
        using var right = await app.BindAsync(ticket, "bind.disabled");

        await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
        await WxAuthApp.AssertProblemAsync(right, 403, "user_disabled");
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id = '{accountId}'"));
    }

    [Fact]
    public async Task Fields_that_are_missing_are_named()
    {
        using var response = await app.Client.PostAsJsonAsync("api/auth/bind", new { userName = "no spaces" }, Ct);

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(["bindingTicket", "password", "userName"], problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }
}
