using System.Text.Json.Nodes;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests.Accounts;

/// <summary>Both mini-programs of one Open Platform account: a person has one unionid in them.</summary>
public sealed class OnePersonApp(TestCluster cluster) : AccountsApp(cluster)
{
    protected override IReadOnlyList<SimulatedApp> SimulatedApps =>
        [new(AppId, AppSecret, OpenPlatform: "open"), new(BoundAppId, AppSecret, OpenPlatform: "open")];
}

/// <summary>Who unbinds an identity means it, whatever else leads to the account.</summary>
public sealed class UnbindTests(OnePersonApp app) : IClassFixture<OnePersonApp>
{
    [Fact]
    public async Task An_unbound_openid_does_not_come_back_to_its_account_by_the_unionid()
    {
        var accountId = await JoinedAccountAsync("leaves.bound");
        var linked = await app.LoginAsync("leaves.bound", AccountsApp.BoundAppId);
        Assert.Equal(accountId, (string?)linked["user"]!["id"]);

        using var unbind = await UnbindAsync(linked);

        await AccountsApp.AssertStatusAsync(unbind, 204);
        await app.TicketAsync("leaves.bound");
        // The other mini-program is as bound as before.
        Assert.Equal(accountId, (string?)(await app.LoginAsync("leaves.bound"))["user"]!["id"]);
    }

    [Fact]
    public async Task Where_no_account_is_required_it_makes_a_user_of_its_own_and_stays_with_it()
    {
        var accountId = await JoinedAccountAsync("leaves.free");
        await app.LoginAsync("leaves.free", AccountsApp.BoundAppId);

        using var unbind = await UnbindAsync(await app.LoginAsync("leaves.free"));

        await AccountsApp.AssertStatusAsync(unbind, 204);
        var own = await app.LoginAsync("leaves.free");
        Assert.True((bool)own["isNewUser"]!);
        Assert.NotEqual(accountId, (string?)own["user"]!["id"]);
        Assert.Equal((string?)own["user"]!["id"], (string?)(await app.LoginAsync("leaves.free"))["user"]!["id"]);
        Assert.Equal(accountId, (string?)(await app.LoginAsync("leaves.free", AccountsApp.BoundAppId))["user"]!["id"]);
    }

    [Fact]
    public async Task The_password_binds_it_again_and_for_good()
    {
        var accountId = await JoinedAccountAsync("comes.back");
        using var unbind = await UnbindAsync(await app.LoginAsync("comes.back", AccountsApp.BoundAppId));
        await AccountsApp.AssertStatusAsync(unbind, 204);
        Assert.Equal(1L, await UnboundAppsAsync(accountId));

        using var bind = await app.BindAsync(await app.TicketAsync("comes.back"), "comes.back");

        await AccountsApp.AssertStatusAsync(bind, 200);
        Assert.Equal(0L, await UnboundAppsAsync(accountId));
        Assert.Equal(accountId, (string?)(await app.LoginAsync("comes.back", AccountsApp.BoundAppId))["user"]!["id"]);
    }

    /// <summary>An account that a user of the first mini-program has joined.</summary>
    private async Task<string> JoinedAccountAsync(string name)
    {
        var accountId = await app.CreateAccountAsync(name);
        var login = await app.LoginAsync(name);
        using var join = await app.SendAsync(
            HttpMethod.Post, "api/users/me/binding", (string?)login["accessToken"], new { userName = name, password = AccountsApp.Password });
        await AccountsApp.AssertStatusAsync(join, 200);
        return accountId.ToString();
    }

    private Task<HttpResponseMessage> UnbindAsync(JsonObject login) =>
        app.SendAsync(HttpMethod.Delete, "api/users/me/binding", (string?)login["accessToken"]);

    private Task<long> UnboundAppsAsync(string accountId) => app.ScalarAsync<long>($"SELECT count(*) FROM unbound_apps WHERE user_id = '{accountId}'");
}
