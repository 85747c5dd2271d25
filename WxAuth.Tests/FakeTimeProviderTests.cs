namespace WxAuth.Tests;

public sealed class FakeTimeProviderTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void The_clock_and_the_timestamps_move_together()
    {
        var time = new FakeTimeProvider();
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());

        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(now + TimeSpan.FromSeconds(3), time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(3), time.GetElapsedTime(timestamp));
    }

    [Fact]
    public void A_clock_that_is_set_moves_alone()
    {
        var time = new FakeTimeProvider();
        var (now, timestamp, fired) = (time.GetUtcNow(), time.GetTimestamp(), 0);
        using var timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromMinutes(5), Timeout.InfiniteTimeSpan);

        time.SetClock(TimeSpan.FromMinutes(40));

        Assert.Equal((now + TimeSpan.FromMinutes(40), timestamp, 0), (time.GetUtcNow(), time.GetTimestamp(), fired));
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, fired);
        time.SetClock(TimeSpan.FromMinutes(-40));
        Assert.Equal(now + TimeSpan.FromMinutes(5), time.GetUtcNow());
    }

    [Fact]
    public void Timers_fire_in_order_and_see_the_time_that_they_were_set_to()
    {
        var time = new FakeTimeProvider();
        var start = time.GetUtcNow();
        var fired = new List<(string Name, double At)>();
        void Fire(object? name) => fired.Add(((string)name!, (time.GetUtcNow() - start).TotalSeconds));
        using var late = time.CreateTimer(Fire, "late", TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);
        using var early = time.CreateTimer(Fire, "early", TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var often = time.CreateTimer(Fire, "often", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("early", 1), ("often", 2), ("late", 4), ("often", 4)], fired);
    }

    [Fact]
    public void A_timer_that_was_stopped_disposed_of_or_set_later_does_not_fire()
    {
        var time = new FakeTimeProvider();
        var fired = 0;
        using var stopped = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var postponed = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var disposed = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        postponed.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        disposed.Dispose();

        time.Advance(TimeSpan.FromSeconds(2));
        var early = fired;
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((0, 1), (early, fired));
        Assert.False(disposed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Delays_and_timeouts_follow_it()
    {
        var time = new FakeTimeProvider();
        var delay = Task.Delay(TimeSpan.FromMinutes(1), time, Ct);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), time);
        using var ticks = new PeriodicTimer(TimeSpan.FromMinutes(1), time);

        time.Advance(TimeSpan.FromMinutes(1));

        await delay;
        Assert.True(await ticks.WaitForNextTickAsync(Ct));
        Assert.False(limit.IsCancellationRequested);

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(limit.IsCancellationRequested);
    }

    [Fact]
    public void A_timer_that_is_due_at_once_needs_no_advance()
    {
        var time = new FakeTimeProvider();
        var fired = 0;

        using var timer = time.CreateTimer(_ => fired++, null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, fired);
    }

    [Fact]
    public async Task One_can_wait_until_a_timer_is_set()
    {
        var time = new FakeTimeProvider();

        var before = time.WhenTimerIsSetAsync(TimeSpan.FromSeconds(1), Ct);
        using var other = time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        var stillWaiting = !before.IsCompleted;
        using var wanted = time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        await before;
        await time.WhenTimerIsSetAsync(TimeSpan.FromSeconds(1), Ct);
        Assert.True(stillWaiting);
    }
}
