namespace WxAuth.Infrastructure.Tokens;

/// <summary>Section <c>Jwt</c>: who issues access tokens, for whom, and how long things last.</summary>
public sealed class JwtOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Jwt";

    /// <summary>The <c>iss</c>, and the address under which the metadata are found: https (http on loopback only), no trailing slash.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The <c>aud</c>.</summary>
    public string Audience { get; set; } = "wxauth";

    /// <summary>Life of an access token; 1 second or more, default 30 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>For so long a key signs before the next one does; 1 second or more, default 90 days.</summary>
    public TimeSpan SigningKeyLifetime { get; set; } = TimeSpan.FromDays(90);
}
