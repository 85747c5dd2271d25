using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Faults;

/// <summary>A primary and a synchronous standby behind one connection string.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class FailoverTests(FaultsFixture faults)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_the_primary_dies_the_promoted_standby_has_every_acknowledged_login()
    {
        await using var primary = await PostgresServer.CreateAsync(Ct);
        var database = await primary.CreateDatabaseAsync(Ct);
        await using var standby = await primary.CreateStandbyAsync("standby", Ct);
        await ReplicateSynchronouslyAsync(primary);
        var hosts = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}");
        await using var node = await ApiProcess.StartAsync(
            faults.Environment($"{hosts};Username=wxauth;Database={database};Target Session Attributes=primary"));
        await node.ReadyAsync();
        await using var load = Load.Start(node.Address, faults.WeChat);
        await load.SucceedAsync();

        await primary.KillAsync();
        await load.RefuseAsync("database_unavailable");
        var promoted = TimeProvider.System.GetTimestamp();
        await standby.ExecuteAsync("postgres", "SELECT pg_promote()", Ct);
        await load.SucceedAsync(more: 1);
        TestContext.Current.TestOutputHelper!.WriteLine($"served again {TimeProvider.System.GetElapsedTime(promoted).TotalSeconds:F1} s after the promotion began");
        await load.SucceedAsync();

        await FaultsFixture.AssertNothingLostAsync(standby, database, await load.StopAsync());
        await AssertHearsOfEndsAsync(node);
    }

    private static async Task ReplicateSynchronouslyAsync(PostgresServer primary)
    {
        await primary.ExecuteAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'", Ct);
        await primary.ExecuteAsync("postgres", "SELECT pg_reload_conf()", Ct);
        await Eventually.TrueAsync(
            async () => await primary.ScalarAsync("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", Ct) is 1L,
            TimeSpan.FromSeconds(20),
            "the standby is synchronous",
            Ct);
    }

    // The listening connection is open again, on the new primary.
    private async Task AssertHearsOfEndsAsync(ApiProcess node)
    {
        await node.ReadyAsync();
        using var login = await node.Client.PostAsJsonAsync(
            "api/auth/login", new { code = await faults.WeChat.CodeAsync("after the failover", WxAuthApp.AppId) }, Ct);
        var tokens = JsonNode.Parse(await login.Content.ReadAsStringAsync(Ct))!;
        using var logout = await node.Client.PostAsJsonAsync("api/auth/logout", new { refreshToken = (string)tokens["refreshToken"]! }, Ct);
        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);

        await Eventually.TrueAsync(
            async () =>
            {
                using var me = new HttpRequestMessage(HttpMethod.Get, "api/users/me");
                me.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["accessToken"]!);
                using var answer = await node.Client.SendAsync(me, Ct);
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            TimeSpan.FromSeconds(2),
            "the end of the session is felt",
            Ct);
    }
}
