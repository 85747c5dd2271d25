using System.Globalization;

namespace WxAuth.Tests.Faults;

/// <summary>WeChat in its broken ways, under load: logins are refused in time, everything else goes on, nothing is left behind.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class WeChatOutageTests(FaultsFixture faults)
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long the breaker stays open (<c>WeChatResilience</c>).</summary>
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    /// <summary>The scheduling of a busy machine.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>What WeChat does, what its logins are answered with, and whether that opens the breaker.</summary>
    private static readonly Outage[] Outages =
    [
        new("hang", "wechat_unavailable", OpensTheBreaker: true),
        new("connection_reset", "wechat_unavailable", OpensTheBreaker: true),
        new("system_busy", "wechat_unavailable", OpensTheBreaker: true),
        new("html", "wechat_unavailable", OpensTheBreaker: true),
        new("rate_limited", "rate_limited", OpensTheBreaker: false),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outages_of_WeChat_refuse_logins_in_time_and_nothing_else_and_leave_nothing_behind()
    {
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(
            database,
            ("WeChat__AttemptTimeout", AttemptTimeout.ToString("c", CultureInfo.InvariantCulture)),
            ("WeChat__TotalTimeout", TotalTimeout.ToString("c", CultureInfo.InvariantCulture)));
        await using var load = Load.Start(node.Address, faults.WeChat, phones: 24);
        await load.SucceedAsync(more: 60);

        var figures = new List<Figures>();
        foreach (var outage in Outages)
        {
            await PassAsync(outage, node, load);
            figures.Add(Figures.Of(node));
        }

        var tally = await load.StopAsync();
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', figures));
        await FaultsFixture.AssertNothingLostAsync(faults.Postgres, database, tally);
        Assert.Equal(tally.RefusedAs("wechat_unavailable") + tally.RefusedAs("rate_limited"), tally.Refused);
        Assert.InRange(tally.LongestRefusal, TimeSpan.Zero, TotalTimeout + Slack);
        // By the end of the first outage everything has been used once; from there on nothing grows.
        var (first, last) = (figures[0], figures[^1]);
        Assert.InRange(last.Threads, 1, first.Threads + 12);
        Assert.InRange(last.Descriptors, 1, first.Descriptors + 24);
        Assert.InRange(last.Megabytes, 1, first.Megabytes + 50);
    }

    // One outage: it begins, it bites, it ends, and logins go through again.
    private async Task PassAsync(Outage outage, ApiProcess node, Load load)
    {
        var (opened, closed) = (CountOf(node, 3100), CountOf(node, 3101));
        int reads, refreshes;
        try
        {
            await faults.WeChat.FailAsync(new { kind = outage.Kind, call = "jscode2session" });
            await load.RefuseAsync(outage.Code, more: 60);
            (reads, refreshes) = (load.Tally.Reads, load.Tally.Refreshes);
            await load.RefuseAsync(outage.Code, more: 30);
            (reads, refreshes) = (load.Tally.Reads - reads, load.Tally.Refreshes - refreshes);
        }
        finally
        {
            await faults.WeChat.HealAsync();
        }

        var healed = TimeProvider.System.GetTimestamp();
        await load.SucceedAsync(more: 1);
        var again = TimeProvider.System.GetElapsedTime(healed);
        await load.SucceedAsync(more: 40);

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outage.Kind}: {reads} reads and {refreshes} refreshes during 30 refused logins, logins again {again.TotalSeconds:F1} s after the end"));
        Assert.True(reads > 0 && refreshes > 0, $"{outage.Kind}: {reads} reads, {refreshes} refreshes");
        // The last probe may still have been under way, and have failed.
        Assert.InRange(again, TimeSpan.Zero, (outage.OpensTheBreaker ? AttemptTimeout + Break : TimeSpan.Zero) + Slack);
        await Eventually.TrueAsync(
            () => CountOf(node, 3100) > opened == outage.OpensTheBreaker && CountOf(node, 3101) > closed == outage.OpensTheBreaker,
            Slack,
            $"{outage.Kind}: the log tells of the breaker",
            Ct);
    }

    private static int CountOf(ApiProcess node, int eventId) =>
        node.Output.Count(line => line.Contains($"\"EventId\":{eventId},", StringComparison.Ordinal));

    private sealed record Outage(string Kind, string Code, bool OpensTheBreaker);

    private sealed record Figures(int Threads, int Descriptors, int Megabytes)
    {
        public static Figures Of(ApiProcess node) => new(node.Threads, node.Descriptors, node.ResidentMegabytes);
    }
}
