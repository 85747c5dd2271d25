using System.Net;
using System.Text.Json.Nodes;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Erasure;

/// <summary>There is one erasure: whatever brings it about, nothing personal is left in any column of any table.</summary>
public sealed class TracesTests(ErasureApp app) : IClassFixture<ErasureApp>
{
    [Fact]
    public async Task A_user_who_erases_himself_leaves_nothing()
    {
        var traces = await LiveAsync("leaving", account: true);
        await AssertEachIsFoundAsync(traces);

        using var erased = await app.SendAsync(traces.Person, HttpMethod.Delete, "api/users/me");

        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.All));
    }

    [Fact]
    public async Task A_user_who_joins_an_account_leaves_nothing_beside_it()
    {
        var traces = await LiveAsync("joining", account: false);
        await AssertEachIsFoundAsync(traces);
        var account = await app.AccountAsync("joined.account");

        await app.JoinAsync(traces.Person, "joined.account");

        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.Personal));
        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.Identity, heir: account));
    }

    [Fact]
    public async Task A_user_who_is_merged_by_a_unionid_leaves_nothing_beside_the_other()
    {
        var stays = await app.LoginFromAsync("merging", SeveralApps.SecondAppId);
        var traces = await app.ArriveAsync("merging", WxAuthApp.AppId);
        await AssertEachIsFoundAsync(traces);
        await app.WeChat.FailAsync(new { kind = "bind_open_platform", appId = WxAuthApp.AppId, openPlatform = SeveralApps.OpenPlatform });

        var merged = await app.LoginFromAsync("merging", WxAuthApp.AppId);

        await app.WeChat.HealAsync();
        Assert.Equal(stays.UserId, merged.UserId);
        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.Personal));
        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.Identity, heir: stays.UserId));
    }

    [Fact]
    public async Task A_user_who_closes_the_WeChat_account_leaves_nothing()
    {
        var traces = await LiveAsync("closing", account: false);
        await AssertEachIsFoundAsync(traces);

        await CloseAsync("closing");

        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.All));
    }

    [Fact]
    public async Task Who_keeps_an_account_after_closing_the_WeChat_account_keeps_nothing_of_WeChats()
    {
        var traces = await LiveAsync("keeping", account: true);

        await CloseAsync("keeping");

        Assert.Empty(await TraceSearch.FindAsync(app.ConnectionString, traces.Identity));
        Assert.Equal("nick-keeping", await app.ScalarAsync<string>($"SELECT nickname FROM users WHERE id = '{traces.Person.UserId}'"));
        Assert.Equal(0L, await app.ScalarAsync<long>(
            $"SELECT count(*) FROM sessions WHERE user_id = '{traces.Person.UserId}' AND num_nonnulls(ip, user_agent, open_id) > 0"));
    }

    private async Task<Traces> LiveAsync(string name, bool account) =>
        await app.LiveAsync(await app.ArriveAsync(name, SeveralApps.SecondAppId), SeveralApps.SecondAppId, account);

    private Task<JsonObject> CloseAsync(string name) => app.PushAsync(
        new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = name }, SeveralApps.SecondAppId);

    // What is not found before proves nothing afterwards.
    private async Task AssertEachIsFoundAsync(Traces traces)
    {
        var found = await TraceSearch.FindAsync(app.ConnectionString, traces.All);
        Assert.All(traces.All, text => Assert.Contains(found, place => place.EndsWith($": {text}", StringComparison.Ordinal)));
    }
}
