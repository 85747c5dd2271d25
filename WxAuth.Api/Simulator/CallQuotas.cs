namespace WxAuth.Api.Simulator;

/// <summary>The day that WeChat's daily quotas are counted by: it begins at midnight in Beijing.</summary>
internal static class WeChatDay
{
    public static DateOnly Of(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime.AddHours(8));
}

/// <summary>How often an app may make each call, by the minute (45011) and by the day (45009).</summary>
internal sealed class CallQuotas(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string AppId, WeChatCall Call), Counter> _counters = [];
    private readonly Dictionary<WeChatCall, int> _minuteLimits = [];

    /// <summary>Counts one call.</summary>
    /// <returns>The errcode that refuses it; <c>null</c>: it is within its quotas.</returns>
    public int? Count(string appId, WeChatCall call)
    {
        var now = time.GetUtcNow();
        var (today, minute) = (WeChatDay.Of(now), now.ToUnixTimeSeconds() / 60);
        lock (_gate)
        {
            if (!_counters.TryGetValue((appId, call), out var counter))
            {
                _counters.Add((appId, call), counter = new Counter());
            }

            if (counter.Day != today)
            {
                (counter.Day, counter.InDay) = (today, 0);
            }

            if (counter.Minute != minute)
            {
                (counter.Minute, counter.InMinute) = (minute, 0);
            }

            var (perMinute, perDay) = LimitsOf(call);
            if (counter.InDay >= perDay)
            {
                return WeChatErrors.DailyQuota;
            }

            if (counter.InMinute >= perMinute)
            {
                return WeChatErrors.TooFrequent;
            }

            counter.InDay++;
            counter.InMinute++;
            return null;
        }
    }

    /// <summary>Sets the quota by the minute of one call, for every app.</summary>
    public void Limit(WeChatCall call, int perMinute)
    {
        lock (_gate)
        {
            _minuteLimits[call] = perMinute;
        }
    }

    /// <summary>Back to WeChat's published quotas, nothing counted yet.</summary>
    public void Restore()
    {
        lock (_gate)
        {
            _minuteLimits.Clear();
            _counters.Clear();
        }
    }

    private (int PerMinute, int PerDay) LimitsOf(WeChatCall call)
    {
        (int PerMinute, int PerDay) published = call switch
        {
            WeChatCall.Token => (int.MaxValue, 2_000),
            WeChatCall.StableToken => (10_000, 500_000),
            WeChatCall.ResetUserSessionKey => (60_000, int.MaxValue),
            _ => (int.MaxValue, int.MaxValue),
        };
        return _minuteLimits.TryGetValue(call, out var perMinute) ? published with { PerMinute = perMinute } : published;
    }

    private sealed class Counter
    {
        public DateOnly Day { get; set; }

        public int InDay { get; set; }

        public long Minute { get; set; }

        public int InMinute { get; set; }
    }
}
