namespace WxAuth.Domain;

/// <summary>The time as the database keeps it.</summary>
public static class StoredTime
{
    /// <summary>
    /// The time in whole microseconds: PostgreSQL keeps no more, and a time is compared later with what was read back.
    /// </summary>
    public static DateTimeOffset GetStoredUtcNow(this TimeProvider timeProvider)
    {
        var now = timeProvider.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
