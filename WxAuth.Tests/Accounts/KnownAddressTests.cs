using System.Net;

namespace WxAuth.Tests.Accounts;

/// <summary>Who locks a name from many addresses does not lock its owner out at home.</summary>
public sealed class KnownAddressTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private const string Home = "203.0.113.7";

    [Theory]
    [InlineData("home.v4", Home, Home)]
    [InlineData("home.v6", "2001:db8:7::7", "2001:DB8:7:0:0:0:0:7")]
    public async Task A_locked_name_still_opens_from_an_address_that_logged_in_to_it_lately(string userName, string home, string later)
    {
        await app.CreateAccountAsync(userName);
        await LoginAsync(userName, home);
        await LockAsync(userName);

        using var wrong = await app.SendPasswordAsync(userName, "wrong", later);
        using var right = await app.SendPasswordAsync(userName, AccountsApp.Password, later);
        using var elsewhere = await app.SendPasswordAsync(userName, AccountsApp.Password, "203.0.113.8");

        await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
        await AccountsApp.AssertStatusAsync(right, 200);
        await WxAuthApp.AssertProblemAsync(elsewhere, 429, "account_locked");
    }

    [Fact]
    public async Task A_session_that_has_ended_tells_the_address_too_and_one_of_another_account_does_not()
    {
        await app.CreateAccountAsync("logged.out");
        await app.CreateAccountAsync("neighbour");
        var session = await LoginAsync("logged.out", Home);
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", (string?)session["accessToken"]);
        await AccountsApp.AssertStatusAsync(logout, 204);
        await LockAsync("logged.out");
        await LockAsync("neighbour");

        using var own = await app.SendPasswordAsync("logged.out", AccountsApp.Password, Home);
        using var neighbours = await app.SendPasswordAsync("neighbour", AccountsApp.Password, Home);

        await AccountsApp.AssertStatusAsync(own, 200);
        await WxAuthApp.AssertProblemAsync(neighbours, 429, "account_locked");
    }

    [Fact]
    public async Task After_30_days_the_address_is_forgotten()
    {
        await app.CreateAccountAsync("long.ago");
        await LoginAsync("long.ago", Home);
        app.Time.Advance(TimeSpan.FromDays(30));
        await LockAsync("long.ago");
        using (var just = await app.SendPasswordAsync("long.ago", AccountsApp.Password + " wrong", Home))
        {
            await WxAuthApp.AssertProblemAsync(just, 401, "credentials_invalid");
        }

        app.Time.Advance(TimeSpan.FromSeconds(1));

        using var late = await app.SendPasswordAsync("long.ago", AccountsApp.Password, Home);
        await WxAuthApp.AssertProblemAsync(late, 429, "account_locked");
    }

    [Fact]
    public async Task At_home_too_five_wrong_passwords_lock_the_client()
    {
        await app.CreateAccountAsync("guessed.at.home");
        await LoginAsync("guessed.at.home", Home);
        await LockAsync("guessed.at.home");

        var guesses = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => app.SendPasswordAsync("guessed.at.home", $"guess {i}", Home)));

        Assert.Equal(5, guesses.Count(response => response.StatusCode == HttpStatusCode.Unauthorized));
        using var right = await app.SendPasswordAsync("guessed.at.home", AccountsApp.Password, Home);
        await WxAuthApp.AssertProblemAsync(right, 429, "account_locked");
    }

    private async Task<System.Text.Json.Nodes.JsonObject> LoginAsync(string userName, string address)
    {
        using var response = await app.SendPasswordAsync(userName, AccountsApp.Password, address);
        await AccountsApp.AssertStatusAsync(response, 200);
        return await WxAuthApp.JsonAsync(response);
    }

    /// <summary>Counts a hundred wrong passwords of a name, as those do that come from a hundred addresses.</summary>
    private Task<int> LockAsync(string userName) => app.ScalarAsync<int>($"""
        INSERT INTO password_failures (key, failures, expires_at)
        VALUES (sha256('wxauth password name{"\n"}{userName}'::bytea), 100, '{app.Time.GetUtcNow():O}'::timestamptz + interval '1 hour')
        """);
}
