namespace WxAuth.Tests;

/// <summary>
/// A clock that stands still until it is told to move. Timers made from it (Task.Delay, CancellationTokenSource, PeriodicTimer and the
/// like) fire inside <see cref="Advance"/>, in the order in which they are due, each seeing the time at which it is due.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _armed = [];
    private readonly List<(TimeSpan DueTime, TaskCompletionSource Seen)> _waiting = [];
    private DateTimeOffset _now = start;
    private TimeSpan _setBy;
    private long _armedSoFar;

    /// <summary>Starts at 2026-01-01T08:00:00Z.</summary>
    public FakeTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero))
    {
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long until the next timer fires; <c>null</c> where none is armed.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_gate)
            {
                return _armed.Count == 0 ? null : _armed.Min(timer => timer.DueAt) - _now;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now + _setBy;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _now.UtcTicks;
        }
    }

    /// <summary>Sets the clock forward or (negative) back, as an operator does: no time passes, so no timer fires and timestamps stay.</summary>
    public void SetClock(TimeSpan by)
    {
        lock (_gate)
        {
            _setBy += by;
        }
    }

    /// <summary>Moves the clock and fires what becomes due on the way, before it returns.</summary>
    /// <param name="by">0 or more; 0 fires nothing new.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        FireUntil(Elapsed() + by);
    }

    /// <summary>Moves the clock to a later time, as <see cref="Advance"/> does.</summary>
    public void SetUtcNow(DateTimeOffset now)
    {
        var by = now - GetUtcNow();
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero, nameof(now));
        Advance(by);
    }

    /// <summary>
    /// Waits until some timer is armed that was set to exactly this time: code under test has then begun to wait, and the clock can be moved.
    /// </summary>
    public Task WhenTimerIsSetAsync(TimeSpan dueTime, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_armed.Exists(timer => timer.DueTime == dueTime))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((dueTime, seen));
            return seen.Task.WaitAsync(cancellationToken);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private DateTimeOffset Elapsed()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    private void FireUntil(DateTimeOffset end)
    {
        while (NextDue(end) is { } due)
        {
            // Outside the lock: a callback may read the clock, arm timers and dispose of them.
            due.Fire();
        }

        lock (_gate)
        {
            _now = end > _now ? end : _now;
        }
    }

    private FakeTimer? NextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _armed.Where(timer => timer.DueAt <= end).MinBy(timer => (timer.DueAt, timer.Sequence));
            if (next is null)
            {
                return null;
            }

            _now = next.DueAt > _now ? next.DueAt : _now;
            if (next.Period > TimeSpan.Zero)
            {
                next.DueAt += next.Period;
                next.Sequence = ++_armedSoFar;
            }
            else
            {
                _armed.Remove(next);
            }

            return next;
        }
    }

    private bool Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.IsDisposed)
            {
                return false;
            }

            _armed.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            (timer.DueTime, timer.DueAt, timer.Period, timer.Sequence) = (dueTime, _now + dueTime, period, ++_armedSoFar);
            _armed.Add(timer);
            foreach (var (_, seen) in _waiting.FindAll(waiting => waiting.DueTime == dueTime))
            {
                seen.TrySetResult();
            }

            _waiting.RemoveAll(waiting => waiting.DueTime == dueTime);
        }

        // As with the system's clock, a timer that is due at once needs no help to fire.
        if (dueTime == TimeSpan.Zero)
        {
            FireUntil(Elapsed());
        }

        return true;
    }

    private void Disarm(FakeTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class FakeTimer(FakeTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan DueTime { get; set; }

        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Period { get; set; }

        public long Sequence { get; set; }

        public bool IsDisposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            return owner.Arm(this, dueTime, period);
        }

        public void Fire() => callback(state);

        public void Dispose() => owner.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
