using WxAuth.Domain.Tokens;

namespace WxAuth.Domain.Sessions;

/// <summary>The pair of tokens that every way of getting a session ends with.</summary>
public sealed class SessionTokens(IAccessTokenIssuer accessTokens, IRefreshTokens refreshTokens)
{
    /// <inheritdoc cref="IRefreshTokens.CreateSeed"/>
    public byte[] CreateSeed(byte[]? loginKeyHash) => refreshTokens.CreateSeed(loginKeyHash);

    /// <inheritdoc cref="IRefreshTokens.Read"/>
    public RefreshTokenContent? Read(string refreshToken) => refreshTokens.Read(refreshToken);

    /// <summary>Signs an access token and writes the refresh token beside it.</summary>
    /// <param name="subject">Whom it speaks for.</param>
    /// <param name="refresh">The session's unused generation.</param>
    /// <param name="sessionExpiresAt">The session's idle or absolute end.</param>
    /// <param name="now">The time of the use case.</param>
    public IssuedTokens Issue(AccessTokenSubject subject, RefreshTokenContent refresh, DateTimeOffset sessionExpiresAt, DateTimeOffset now) =>
        new(
            accessTokens.Issue(subject, now),
            ToSeconds(subject.ExpiresAt - now),
            refreshTokens.Write(refresh),
            ToSeconds(sessionExpiresAt - now),
            subject.SessionId);

    // An end that comes from the database is in whole microseconds, the clock in tenths of them: half an hour is not to read as 1799.
    private static int ToSeconds(TimeSpan life) => Math.Max(0, (int)(life + TimeSpan.FromMicroseconds(1)).TotalSeconds);
}

/// <summary>What a client gets for a login or a refresh.</summary>
/// <param name="AccessToken">For the <c>Authorization</c> header.</param>
/// <param name="ExpiresIn">Its life, in seconds.</param>
/// <param name="RefreshToken">Good for one refresh.</param>
/// <param name="RefreshExpiresIn">Seconds until the session ends unless it is refreshed.</param>
/// <param name="SessionId">The session.</param>
public sealed record IssuedTokens(string AccessToken, int ExpiresIn, string RefreshToken, int RefreshExpiresIn, Guid SessionId);
