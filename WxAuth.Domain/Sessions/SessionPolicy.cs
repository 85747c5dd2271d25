namespace WxAuth.Domain.Sessions;

/// <summary>How long sessions and their tokens last.</summary>
public sealed record SessionPolicy
{
    /// <summary>Life of an access token; never past its session's end. Default 30 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A session that is not refreshed for so long expires. Default 30 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A session expires so long after its login, however often it is refreshed. Default 180 days.</summary>
    public TimeSpan AbsoluteLifetime { get; init; } = TimeSpan.FromDays(180);

    /// <summary>For so long a used refresh token still yields its successor. Default 60 seconds.</summary>
    public TimeSpan ReuseGracePeriod { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Live sessions a user; 1 or more. Default 10.</summary>
    public int MaxPerUser { get; init; } = 10;

    /// <summary>The clocks of two nodes, or of a node and a business service, may differ by so much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>The idle or the absolute end, whichever comes first, of a session that is used now.</summary>
    public DateTimeOffset ExpiryAt(DateTimeOffset createdAt, DateTimeOffset now) =>
        now + RefreshTokenLifetime < createdAt + AbsoluteLifetime ? now + RefreshTokenLifetime : createdAt + AbsoluteLifetime;

    /// <summary>The end of an access token that is issued now, in a session with that end.</summary>
    public DateTimeOffset AccessExpiryAt(DateTimeOffset now, DateTimeOffset sessionExpiresAt) =>
        now + AccessTokenLifetime < sessionExpiresAt ? now + AccessTokenLifetime : sessionExpiresAt;
}
