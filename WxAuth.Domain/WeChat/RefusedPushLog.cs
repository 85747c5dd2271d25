namespace WxAuth.Domain.WeChat;

/// <summary>
/// Which refused pushes are written to the log: one a second and app, with the count of those in between. Whoever knows the address can
/// send them, as many as he likes.
/// </summary>
public sealed class RefusedPushLog(TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    // By AppID, of the configured apps alone: others get no push refused, they have no address.
    private readonly Dictionary<string, (long Timestamp, int Unlogged)> _last = new(StringComparer.Ordinal);

    /// <summary>Whether a push that is refused now is to be written.</summary>
    /// <param name="appId">A configured app.</param>
    /// <param name="unlogged">If so: how many were left out since the last one.</param>
    public bool IsDue(string appId, out int unlogged)
    {
        var now = timeProvider.GetTimestamp();
        lock (_gate)
        {
            if (_last.TryGetValue(appId, out var last) && timeProvider.GetElapsedTime(last.Timestamp, now) < Interval)
            {
                _last[appId] = (last.Timestamp, last.Unlogged + 1);
                unlogged = 0;
                return false;
            }

            _last[appId] = (now, 0);
            unlogged = last.Unlogged;
            return true;
        }
    }
}
