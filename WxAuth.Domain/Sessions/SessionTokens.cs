using System.Security.Cryptography;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Sessions;

/// <summary>Starts sessions and issues the pair of tokens that every way of getting one ends with.</summary>
public sealed class SessionTokens(IAccessTokenIssuer accessTokens, IRefreshTokens refreshTokens, SessionPolicy policy, TimeProvider timeProvider)
{
    /// <summary>How long sessions and tokens last.</summary>
    public SessionPolicy Policy => policy;

    /// <summary>The clock by which sessions begin and end.</summary>
    public TimeProvider Clock => timeProvider;

    /// <summary>The time of a use case; see <see cref="StoredTime"/>.</summary>
    public DateTimeOffset Now => timeProvider.GetStoredUtcNow();

    /// <inheritdoc cref="IRefreshTokens.Read"/>
    public RefreshTokenContent? Read(string refreshToken) => refreshTokens.Read(refreshToken);

    /// <inheritdoc cref="IRefreshTokens.CreateSeed"/>
    public byte[] CreateSeed(byte[]? loginKeyHash) => refreshTokens.CreateSeed(loginKeyHash);

    /// <summary>A session of that seed; see <see cref="Session.Start"/>.</summary>
    public Session Start(
        User user,
        (string AppId, string OpenId)? identity,
        byte[] seed,
        ClientInfo client,
        DateTimeOffset now,
        byte[]? loginKeyHash = null,
        bool isNewUser = false) =>
        Session.Start(user, identity, SHA256.HashData(seed), policy, client, now, loginKeyHash, isNewUser);

    /// <summary>The tokens of a session that begins or is taken up at this moment.</summary>
    /// <param name="session">The session.</param>
    /// <param name="user">Its user.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="accessExpiresAt">The end of the access token.</param>
    /// <param name="now">The time of the use case.</param>
    public IssuedTokens Issue(Session session, User user, byte[] seed, DateTimeOffset accessExpiresAt, DateTimeOffset now) => Issue(
        new AccessTokenSubject(user.Id, session.Id, session.AppId, session.OpenId, user.Roles, accessExpiresAt),
        new RefreshTokenContent(session.Id, session.RefreshGeneration, seed),
        session.ExpiresAt,
        now);

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
