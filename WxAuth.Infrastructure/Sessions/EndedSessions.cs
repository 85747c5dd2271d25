using System.Collections.Concurrent;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>The set itself. It holds a session for as long as its last access token lives, so its size is bounded by what ends in that time.</summary>
internal sealed class EndedSessions(TimeProvider timeProvider) : IEndedSessions
{
    /// <summary>With the database away no session can end, so the last set is good for a while.</summary>
    public static readonly TimeSpan TrustedWithoutNews = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, Entry> _entries = new();
    private readonly Lock _newsLock = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastInTouch;
    private long _lastSweep = timeProvider.GetTimestamp();
    private volatile Link _link = Link.NeverMade;

    public bool IsTrusted => _link switch
    {
        Link.Up => true,
        Link.Lost => timeProvider.GetElapsedTime(Volatile.Read(ref _lastInTouch)) <= TrustedWithoutNews,
        _ => false,
    };

    public Task NextNews
    {
        get
        {
            lock (_newsLock)
            {
                return _news.Task;
            }
        }
    }

    /// <summary>How many sessions are in the set.</summary>
    public int Count => _entries.Count;

    public SessionEndReason? Find(Guid sessionId) => _entries.TryGetValue(sessionId, out var entry) ? entry.Reason : null;

    /// <summary>Adds one, forgets what has expired, and wakes whoever waits for news.</summary>
    public void Add(Guid sessionId, SessionEndReason reason, DateTimeOffset accessExpiresAt)
    {
        _entries[sessionId] = new Entry(reason, accessExpiresAt + SessionPolicy.ClockSkew);
        Sweep();
        TaskCompletionSource news;
        lock (_newsLock)
        {
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }

    /// <summary>Says that every end up to now has been heard of, and that the next ones will be.</summary>
    public void InTouch()
    {
        Volatile.Write(ref _lastInTouch, timeProvider.GetTimestamp());
        _link = Link.Up;
    }

    /// <summary>Says that ends may be missed from now on.</summary>
    public void LostTouch()
    {
        if (_link == Link.Up)
        {
            _link = Link.Lost;
        }
    }

    /// <summary>Forgets the sessions whose access tokens have all expired; looks every few seconds, however often it is called.</summary>
    public void Sweep()
    {
        if (timeProvider.GetElapsedTime(Volatile.Read(ref _lastSweep)) < SweepInterval)
        {
            return;
        }

        Volatile.Write(ref _lastSweep, timeProvider.GetTimestamp());
        var now = timeProvider.GetUtcNow();
        foreach (var (id, entry) in _entries)
        {
            if (entry.Until <= now)
            {
                _entries.TryRemove(id, out _);
            }
        }
    }

    private enum Link
    {
        NeverMade,
        Up,
        Lost,
    }

    private sealed record Entry(SessionEndReason Reason, DateTimeOffset Until);
}
