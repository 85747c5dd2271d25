using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Accounts;

public sealed class PasswordLoginTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_says_platform_and_names_no_openid()
    {
        await app.CreateAccountAsync("Platform", "night-shift");

        var login = await app.PasswordLoginAsync("pLATFORM");

        var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(((string)login["accessToken"]!).Split('.')[1]))!.AsObject();
        Assert.Equal("platform", (string?)claims["client_id"]);
        Assert.False(claims.ContainsKey("openid"));
        Assert.Equal("night-shift", (string?)claims["roles"]!.AsArray().Single());
        Assert.Equal("Platform", (string?)login["user"]!["userName"]);
        Assert.False((bool)login["isNewUser"]!);
    }

    [Fact]
    public async Task The_same_hashing_is_done_in_every_case()
    {
        await app.CreateAccountAsync("equal.work");
        var disabled = await app.CreateAccountAsync("equal.disabled");
        await app.ScalarAsync<int>($"UPDATE users SET status = 'disabled' WHERE id = '{disabled}'");
        await app.CreateAccountAsync("equal.locked");
        for (var i = 0; i < 5; i++)
        {
            (await app.SendPasswordAsync("equal.locked", "wrong")).Dispose();
        }

        Assert.Equal(1, await WorkOfAsync(() => app.SendPasswordAsync("equal.work", AccountsApp.Password), HttpStatusCode.OK));
        Assert.Equal(1, await WorkOfAsync(() => app.SendPasswordAsync("equal.work", "wrong"), HttpStatusCode.Unauthorized));
        Assert.Equal(1, await WorkOfAsync(() => app.SendPasswordAsync("equal.nobody", "wrong"), HttpStatusCode.Unauthorized));
        Assert.Equal(1, await WorkOfAsync(() => app.SendPasswordAsync("equal.disabled", AccountsApp.Password), HttpStatusCode.Forbidden));
        Assert.Equal(1, await WorkOfAsync(() => app.SendPasswordAsync("equal.locked", AccountsApp.Password), HttpStatusCode.TooManyRequests));
        Assert.Equal(1, await WorkOfAsync(() => app.BindAsync("no ticket", "equal.work"), HttpStatusCode.Unauthorized));
        Assert.Equal(1, await WorkOfAsync(() => app.BindAsync("no ticket", "equal.nobody"), HttpStatusCode.Unauthorized));
    }

    [Theory]
    [InlineData("guessed")]
    [InlineData("guessed.nobody")]
    public async Task Of_many_guesses_at_once_five_are_answered_whether_the_name_exists_or_not(string userName)
    {
        if (userName == "guessed")
        {
            await app.CreateAccountAsync(userName);
        }

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => app.SendPasswordAsync(userName, $"guess {i}")));

        Assert.Equal(5, responses.Count(response => response.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(15, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_lock_holds_for_one_client_and_for_15_minutes()
    {
        await app.CreateAccountAsync("one.client");
        for (var i = 0; i < 5; i++)
        {
            (await app.SendPasswordAsync("one.client", "wrong")).Dispose();
        }

        app.Time.Advance(TimeSpan.FromMinutes(14));
        using (var locked = await app.SendPasswordAsync("one.client", AccountsApp.Password))
        {
            await WxAuthApp.AssertProblemAsync(locked, 429, "account_locked");
            Assert.Equal(60, locked.Headers.RetryAfter?.Delta?.TotalSeconds);
        }

        using (var elsewhere = await app.SendPasswordAsync("one.client", AccountsApp.Password, "192.0.2.99"))
        {
            await AccountsApp.AssertStatusAsync(elsewhere, 200);
        }

        // What was asked meanwhile did not prolong it.
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.PasswordLoginAsync("one.client");
    }

    [Fact]
    public async Task A_network_of_ipv6_is_one_client()
    {
        for (var i = 0; i < 5; i++)
        {
            (await app.SendPasswordAsync("v6.nobody", "wrong", $"2001:db8:1:2::{i + 1}")).Dispose();
        }

        using var same = await app.SendPasswordAsync("v6.nobody", "wrong", "2001:db8:1:2:ffff::1");
        using var other = await app.SendPasswordAsync("v6.nobody", "wrong", "2001:db8:1:3::1");

        await WxAuthApp.AssertProblemAsync(same, 429, "account_locked");
        await WxAuthApp.AssertProblemAsync(other, 401, "credentials_invalid");
    }

    [Fact]
    public async Task A_success_clears_the_count()
    {
        await app.CreateAccountAsync("clears");
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 4; i++)
            {
                using var wrong = await app.SendPasswordAsync("clears", "wrong");
                await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
            }

            await app.PasswordLoginAsync("clears");
        }
    }

    [Fact]
    public async Task A_hundred_wrong_ones_from_everywhere_lock_the_name_for_the_rest_of_the_hour()
    {
        await app.CreateAccountAsync("everywhere");
        var responses = await Task.WhenAll(
            Enumerable.Range(0, 104).Select(i => app.SendPasswordAsync("everywhere", "wrong", $"198.51.100.{i / 4}")));
        Assert.Equal(100, responses.Count(response => response.StatusCode == HttpStatusCode.Unauthorized));

        app.Time.Advance(TimeSpan.FromMinutes(20));
        using (var locked = await app.SendPasswordAsync("everywhere", AccountsApp.Password, "203.0.113.1"))
        {
            await WxAuthApp.AssertProblemAsync(locked, 429, "account_locked");
            Assert.Equal(2400, locked.Headers.RetryAfter?.Delta?.TotalSeconds);
        }

        app.Time.Advance(TimeSpan.FromMinutes(40));
        await app.PasswordLoginAsync("everywhere");
    }

    [Fact]
    public async Task A_hash_of_less_work_is_replaced_at_login()
    {
        var userId = await app.CreateAccountAsync("rehash");
        var cheap = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions { IterationCount = CountingHasher.IterationCount - 1 }))
            .HashPassword(User.Register(app.Time.GetUtcNow()), AccountsApp.Password);
        await app.ScalarAsync<int>($"UPDATE users SET password_hash = '{cheap}' WHERE id = '{userId}'");

        await app.PasswordLoginAsync("rehash");

        Assert.NotEqual(cheap, await app.ScalarAsync<string>($"SELECT password_hash FROM users WHERE id = '{userId}'"));
        await app.PasswordLoginAsync("rehash");
    }

    [Fact]
    public async Task Disabled_is_told_only_once_the_password_was_right()
    {
        var userId = await app.CreateAccountAsync("disabled");
        await app.ScalarAsync<int>($"UPDATE users SET status = 'disabled' WHERE id = '{userId}'");

        using var wrong = await app.SendPasswordAsync("disabled", "wrong");
        using var right = await app.SendPasswordAsync("disabled", AccountsApp.Password);

        await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
        await WxAuthApp.AssertProblemAsync(right, 403, "user_disabled");
    }

    [Fact]
    public async Task A_short_password_is_wrong_and_an_endless_one_not_valid()
    {
        using var brief = await app.SendPasswordAsync("anybody", "x");
        using var endless = await app.SendPasswordAsync("anybody", new string('x', 129));
        using var none = await app.Client.PostAsJsonAsync("api/auth/password", new { userName = "ab" }, Ct);

        await WxAuthApp.AssertProblemAsync(brief, 401, "credentials_invalid");
        await WxAuthApp.AssertProblemAsync(endless, 400, "validation_failed");
        var problem = await WxAuthApp.AssertProblemAsync(none, 400, "validation_failed");
        Assert.Equal(["password", "userName"], problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_password_is_logged()
    {
        await app.CreateAccountAsync("unlogged");
        await app.PasswordLoginAsync("unlogged");
        (await app.SendPasswordAsync("unlogged", "a wrong secret")).Dispose();

        Assert.DoesNotContain(app.Logs.Lines, line => line.Contains(AccountsApp.Password, StringComparison.Ordinal));
        Assert.DoesNotContain(app.Logs.Lines, line => line.Contains("a wrong secret", StringComparison.Ordinal));
    }

    private async Task<int> WorkOfAsync(Func<Task<HttpResponseMessage>> send, HttpStatusCode expected)
    {
        var before = app.Hasher.Calls;
        using var response = await send();
        Assert.Equal(expected, response.StatusCode);
        return app.Hasher.Calls - before;
    }
}
