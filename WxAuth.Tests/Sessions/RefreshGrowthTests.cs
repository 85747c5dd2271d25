namespace WxAuth.Tests.Sessions;

public sealed class RefreshGrowthTests(RefreshStateMachineTests.TwoNodes app) : IClassFixture<RefreshStateMachineTests.TwoNodes>
{
    [Fact]
    public async Task Ten_thousand_refreshes_of_one_session_leave_one_row_and_a_small_table()
    {
        var target = new InProcessTarget(app, "constant");
        var token = await target.LoginAsync();

        for (var i = 0; i < 10_000; i++)
        {
            token = (await target.RefreshAsync(i % 2, token)).Token;
            Assert.NotNull(token);
        }

        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM sessions"));
        Assert.Equal(10_001, await app.ScalarAsync<int>("SELECT refresh_generation FROM sessions"));
        // A page that fills with old versions is pruned by the next update (HOT), without any vacuum.
        var size = await app.ScalarAsync<long>("SELECT pg_total_relation_size('sessions')");
        Assert.True(size < 512 * 1024, $"{size} bytes for one session.");
        // The session's row is the record of its login too.
        Assert.Equal(0L, await app.ScalarAsync<long>("SELECT count(*) FROM audit_events"));
    }
}
