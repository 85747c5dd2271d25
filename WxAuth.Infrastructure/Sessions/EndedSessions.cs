using System.Collections.Concurrent;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>
/// The set itself. It holds a session for as long as its last access token can live, by the clock and by the time that has really passed, so
/// its size is bounded by what ends in that time, and a clock that is set forward and back again revives nothing.
/// </summary>
internal sealed class EndedSessions(SessionPolicy policy, TimeProvider timeProvider) : IEndedSessions
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
        _entries[sessionId] = new Entry(reason, accessExpiresAt, timeProvider.GetTimestamp());
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
        // By the clock alone, one that is ahead for a moment would empty the set; by the time since the end alone, a token that was issued
        // while the clock was ahead would outlive its entry.
        var dead = timeProvider.GetUtcNow() - SessionPolicy.ClockSkew;
        var life = policy.AccessTokenLifetime + SessionPolicy.ClockSkew;
        foreach (var (id, entry) in _entries)
        {
            if (entry.AccessExpiresAt <= dead && timeProvider.GetElapsedTime(entry.AddedAt) >= life)
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

    /// <param name="Reason">Why it ended.</param>
    /// <param name="AccessExpiresAt">When its last access token expires.</param>
    /// <param name="AddedAt">The timestamp at which this node heard of it.</param>
    private sealed record Entry(SessionEndReason Reason, DateTimeOffset AccessExpiresAt, long AddedAt);
}
