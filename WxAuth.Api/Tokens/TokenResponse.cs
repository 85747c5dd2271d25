using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Tokens;

/// <summary>A session's new tokens.</summary>
public record TokenResponse
{
    /// <summary>Always <c>Bearer</c>.</summary>
    /// <example>Bearer</example>
    public string TokenType { get; } = "Bearer";

    /// <summary>A JWT (RFC 9068, ES256) for the <c>Authorization</c> header.</summary>
    /// <example>eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl</example>
    public required string AccessToken { get; init; }

    /// <summary>Life of the access token, in seconds.</summary>
    /// <example>1800</example>
    public required int ExpiresIn { get; init; }

    /// <summary>Good for one <c>POST /api/auth/refresh</c>; opaque.</summary>
    /// <example>AZqoC5vEdX2Yd3...</example>
    public required string RefreshToken { get; init; }

    /// <summary>Seconds until the session expires unless it is refreshed.</summary>
    /// <example>2592000</example>
    public required int RefreshExpiresIn { get; init; }

    /// <summary>The session: the <c>sid</c> of its access tokens.</summary>
    public required Guid SessionId { get; init; }

    /// <summary>The response for issued tokens.</summary>
    public static TokenResponse From(IssuedTokens tokens) => new()
    {
        AccessToken = tokens.AccessToken,
        ExpiresIn = tokens.ExpiresIn,
        RefreshToken = tokens.RefreshToken,
        RefreshExpiresIn = tokens.RefreshExpiresIn,
        SessionId = tokens.SessionId,
    };
}
