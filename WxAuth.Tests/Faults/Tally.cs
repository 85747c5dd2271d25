using System.Collections.Concurrent;
using System.Globalization;

namespace WxAuth.Tests.Faults;

/// <summary>What became of the requests of a load.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentQueue<Guid> _acknowledged = new();
    private readonly ConcurrentQueue<string> _losses = new();
    private int _sent;
    private int _answered;
    private int _logins;
    private int _reads;
    private int _refreshes;
    private long _longestTicks;
    private long _longestRefusalTicks;

    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Successes.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public int Logins => Volatile.Read(ref _logins);

    /// <summary>Answers of <c>GET /api/users/me</c>.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public int Refreshes => Volatile.Read(ref _refreshes);

    /// <summary>Refused as documented: a problem with <c>Retry-After</c>.</summary>
    public int Refused => _refusals.Values.Sum();

    /// <summary>No answer of the program: the connection ended, or a proxy answered for it.</summary>
    public int Lost => _losses.Count;

    /// <summary>How each of <see cref="Lost"/> was lost.</summary>
    public IReadOnlyCollection<string> Losses => _losses;

    /// <summary>Everything that must not be.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>The sessions of the logins that were answered with success.</summary>
    public IReadOnlyCollection<Guid> Acknowledged => _acknowledged;

    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longestTicks));

    /// <summary>The longest of <see cref="Refused"/>.</summary>
    public TimeSpan LongestRefusal => TimeSpan.FromTicks(Volatile.Read(ref _longestRefusalTicks));

    public int RefusedAs(string code) => _refusals.GetValueOrDefault(code);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountAnswer(TimeSpan duration)
    {
        Interlocked.Increment(ref _answered);
        Measure(ref _longestTicks, duration);
    }

    public void CountRefusal(string code, TimeSpan duration)
    {
        _refusals.AddOrUpdate(code, 1, static (_, count) => count + 1);
        Measure(ref _longestTicks, duration);
        Measure(ref _longestRefusalTicks, duration);
    }

    public void CountLost(string how) => _losses.Enqueue(how);

    public void CountFault(string what) => _faults.Enqueue(what);

    public void CountLogin(Guid sessionId)
    {
        Interlocked.Increment(ref _logins);
        _acknowledged.Enqueue(sessionId);
    }

    public void CountRead() => Interlocked.Increment(ref _reads);

    public void CountRefresh() => Interlocked.Increment(ref _refreshes);

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"sent {Sent}, answered {Answered} (logins {Logins}, refreshes {Refreshes}), refused {Refused} ({string.Join(", ", _refusals.Select(pair => $"{pair.Key} {pair.Value}"))}), lost {Lost}, faults {_faults.Count}, longest {Longest.TotalSeconds:F1} s, longest refusal {LongestRefusal.TotalSeconds:F1} s");

    private static void Measure(ref long longestTicks, TimeSpan duration)
    {
        long longest;
        while (duration.Ticks > (longest = Volatile.Read(ref longestTicks))
            && Interlocked.CompareExchange(ref longestTicks, duration.Ticks, longest) != longest)
        {
        }
    }
}
