namespace WxAuth.Infrastructure.Tokens;

/// <summary>What access tokens say of themselves, and how long their keys live.</summary>
public sealed record JwtOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Jwt";

    /// <summary><c>iss</c>, and the address under which clients find the server: https, or http on loopback; no trailing slash.</summary>
    public required string Issuer { get; init; }

    /// <summary><c>aud</c>; the default is <c>wxauth</c>.</summary>
    public string Audience { get; init; } = "wxauth";

    /// <summary>Life of an access token, 1 s or more; the default is 30 minutes. Never past its session's end.</summary>
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a key signs, 1 s or more; the default is 90 days.</summary>
    public TimeSpan SigningKeyLifetime { get; init; } = TimeSpan.FromDays(90);
}
