using System.Net;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Accounts;

public sealed class JoinTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private const string Binding = "api/users/me/binding";

    [Fact]
    public async Task A_user_joins_its_account_with_what_the_account_lacks()
    {
        var accountId = await app.CreateAccountAsync("join", "teacher");
        await app.ScalarAsync<int>($"UPDATE users SET nickname = 'Kept' WHERE id = '{accountId}'");
        var login = await app.LoginAsync("join");
        var userId = (string)login["user"]!["id"]!;
        await app.ScalarAsync<int>(
            $"UPDATE users SET nickname = 'Gone', avatar_url = 'https://example.com/a.png', phone_number = '+8613800000001' WHERE id = '{userId}'");

        using var response = await JoinAsync(login, "join");

        await AccountsApp.AssertStatusAsync(response, 200);
        var joined = await WxAuthApp.JsonAsync(response);
        Assert.Equal(accountId.ToString(), (string?)joined["user"]!["id"]);
        Assert.Equal("Kept", (string?)joined["user"]!["nickname"]);
        Assert.Equal("https://example.com/a.png", (string?)joined["user"]!["avatarUrl"]);
        Assert.Equal("+8613800000001", (string?)joined["user"]!["phoneNumber"]);
        await app.WhenEndedAsync(login);
        using var old = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]);
        Assert.Equal("merged", (string?)(await WxAuthApp.AssertProblemAsync(old, 401, "session_revoked"))["reason"]);
        Assert.Equal("erased", await app.ScalarAsync<string>(
            $"SELECT status FROM users WHERE id = '{userId}' AND nickname IS NULL AND avatar_url IS NULL AND phone_number IS NULL AND erased_at IS NOT NULL"));
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}' AND (ip IS NOT NULL OR open_id IS NOT NULL)"));
        Assert.Equal(0L, await app.AuditCountAsync($"user_id = '{userId}' AND ip IS NOT NULL"));
        Assert.Equal(1L, await app.AuditCountAsync($"type = 'user_merged' AND user_id = '{accountId}' AND detail ->> 'mergedUserId' = '{userId}'"));
        Assert.Equal(accountId.ToString(), (string?)(await app.LoginAsync("join"))["user"]!["id"]);
    }

    [Fact]
    public async Task After_an_unbind_the_openid_makes_a_new_user()
    {
        var accountId = await app.CreateAccountAsync("leaver");
        using var response = await JoinAsync(await app.LoginAsync("leaver"), "leaver");
        var joined = await WxAuthApp.JsonAsync(response);

        using var unbind = await app.SendAsync(HttpMethod.Delete, Binding, (string?)joined["accessToken"]);
        var next = await app.LoginAsync("leaver");

        await AccountsApp.AssertStatusAsync(unbind, 204);
        Assert.True((bool)next["isNewUser"]!);
        Assert.NotEqual(accountId.ToString(), (string?)next["user"]!["id"]);
    }

    [Fact]
    public async Task A_user_with_an_account_joins_no_other()
    {
        await app.CreateAccountAsync("first.account");
        await app.CreateAccountAsync("second.account");

        using var response = await JoinAsync(await app.PasswordLoginAsync("first.account"), "second.account");

        await WxAuthApp.AssertProblemAsync(response, 409, "binding_conflict");
    }

    [Fact]
    public async Task An_account_that_has_an_openid_of_the_app_takes_no_second()
    {
        await app.CreateAccountAsync("join.taken");
        using var first = await JoinAsync(await app.LoginAsync("join.taken"), "join.taken");
        var other = await app.LoginAsync("join.other");

        using var second = await JoinAsync(other, "join.taken");

        await AccountsApp.AssertStatusAsync(first, 200);
        await WxAuthApp.AssertProblemAsync(second, 409, "binding_conflict");
        using var still = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)other["accessToken"]);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Of_many_joins_at_once_one_succeeds()
    {
        await app.CreateAccountAsync("join.race");
        var login = await app.LoginAsync("join.race");

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => JoinAsync(login, "join.race")));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        foreach (var refused in responses.Where(response => response.StatusCode != HttpStatusCode.OK))
        {
            Assert.Equal("merged", (string?)(await WxAuthApp.AssertProblemAsync(refused, 401, "session_revoked"))["reason"]);
        }
    }

    [Fact]
    public async Task A_wrong_password_joins_nothing_and_does_not_tell_which_names_exist()
    {
        await app.CreateAccountAsync("join.wrong");
        var login = await app.LoginAsync("join.wrong");

        using var wrong = await JoinAsync(login, "join.wrong", "not the password");
        using var missing = await JoinAsync(login, "join.nobody", "not the password");

        await WxAuthApp.AssertProblemAsync(wrong, 401, "credentials_invalid");
        await WxAuthApp.AssertProblemAsync(missing, 401, "credentials_invalid");
        Assert.Equal(2L, await app.AuditCountAsync(
            $$"""type = 'bind_refused' AND user_id = '{{login["user"]!["id"]}}' AND detail = '{"reason": "credentials_invalid"}'"""));
    }

    [Fact]
    public async Task Who_is_not_bound_has_nothing_to_unbind()
    {
        await app.CreateAccountAsync("no.mini.program");
        var automatic = await app.LoginAsync("never.bound");
        var account = await app.PasswordLoginAsync("no.mini.program");

        using var first = await app.SendAsync(HttpMethod.Delete, Binding, (string?)automatic["accessToken"]);
        using var second = await app.SendAsync(HttpMethod.Delete, Binding, (string?)account["accessToken"]);

        await WxAuthApp.AssertProblemAsync(first, 404, "not_found");
        await WxAuthApp.AssertProblemAsync(second, 404, "not_found");
    }

    private Task<HttpResponseMessage> JoinAsync(JsonNode login, string userName, string password = AccountsApp.Password) =>
        app.SendAsync(HttpMethod.Post, Binding, (string?)login["accessToken"], new { userName, password });
}
