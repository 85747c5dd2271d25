namespace WxAuth.Api.Simulator;

/// <summary>How often one call was made, seen from WeChat's side.</summary>
/// <param name="Calls">Requests that arrived, whatever became of them.</param>
/// <param name="Succeeded">Those that were answered with success.</param>
/// <param name="Refused">Those that were answered with an errcode, by the rules or by a fault.</param>
/// <param name="Disturbed">Those that a fault touched.</param>
public sealed record CallCounts(long Calls, long Succeeded, long Refused, long Disturbed);

/// <summary>Counts the calls, so that a test can tell what was really asked of WeChat.</summary>
internal sealed class CallStatistics
{
    private readonly Counter[] _counters = [.. Enum.GetValues<WeChatCall>().Select(_ => new Counter())];

    public void Arrived(WeChatCall call) => Interlocked.Increment(ref _counters[(int)call].Calls);

    public void Disturbed(WeChatCall call) => Interlocked.Increment(ref _counters[(int)call].Disturbed);

    public void Answered(WeChatCall call, bool success)
    {
        var counter = _counters[(int)call];
        Interlocked.Increment(ref success ? ref counter.Succeeded : ref counter.Refused);
    }

    /// <summary>The counts since the start, by the call's name.</summary>
    public IReadOnlyDictionary<string, CallCounts> Read() => Enum.GetValues<WeChatCall>().ToDictionary(
        WeChatCallNames.NameOf, call => _counters[(int)call].Read(), StringComparer.Ordinal);

    private sealed class Counter
    {
        public long Calls;
        public long Succeeded;
        public long Refused;
        public long Disturbed;

        public CallCounts Read() => new(
            Interlocked.Read(ref Calls), Interlocked.Read(ref Succeeded), Interlocked.Read(ref Refused), Interlocked.Read(ref Disturbed));
    }
}
