using System.Globalization;

namespace WxAuth.Tests.Faults;

/// <summary>Two nodes behind nginx, on one database.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class NodesTests(FaultsFixture faults)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rolling_restart_under_load_fails_no_request()
    {
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        string[] urls = [NewUrl(), NewUrl()];
        var nodes = new ApiProcess[2];
        nodes[0] = await StartAsync(database, urls[0]);
        nodes[1] = await StartAsync(database, urls[1]);
        try
        {
            Uri[] addresses = [nodes[0].Address, nodes[1].Address];
            await using var nginx = await Nginx.StartAsync(addresses);
            await using var load = Load.Start(nginx.Address, faults.WeChat);
            await load.SucceedAsync();

            for (var i = 0; i < nodes.Length; i++)
            {
                await nginx.SetDownAsync(addresses[i], addresses);
                await nodes[i].TerminateAsync();
                Assert.Equal(0, await nodes[i].ExitAsync());
                await load.SucceedAsync(more: 5);
                await nodes[i].DisposeAsync();
                nodes[i] = await StartAsync(database, urls[i]);
                await nginx.SetDownAsync(null, addresses);
                await load.SucceedAsync();
            }

            var tally = await load.StopAsync();
            await FaultsFixture.AssertNothingLostAsync(faults.Postgres, database, tally);
            Assert.Equal(0, tally.Refused);
        }
        finally
        {
            await nodes[0].DisposeAsync();
            await nodes[1].DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_killed_under_load_loses_no_acknowledged_login()
    {
        const int phones = 8;
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var first = await StartAsync(database, NewUrl());
        await using var second = await StartAsync(database, NewUrl());
        await using var nginx = await Nginx.StartAsync(first.Address, second.Address);
        await using var load = Load.Start(nginx.Address, faults.WeChat, phones);
        await load.SucceedAsync();

        await first.KillAsync();
        await load.SucceedAsync(more: 40);

        // Lost are the answers alone that were under way, at most one a phone; what they wrote, or did not, is whole.
        await FaultsFixture.AssertNothingLostAsync(faults.Postgres, database, await load.StopAsync(), mayBeLost: phones);
    }

    private Task<ApiProcess> StartAsync(string database, string url) =>
        faults.StartNodeAsync(database, ("ASPNETCORE_URLS", url), ("ForwardedHeaders__KnownProxies__0", "127.0.0.1"), ("Shutdown__Delay", "00:00:01"));

    private static string NewUrl() => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PostgresServer.FreePort()}");
}
