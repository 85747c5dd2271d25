using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Sessions;

/// <summary>Keeps sessions. What ends one is felt by every node within a second.</summary>
public interface ISessionStore
{
    /// <summary>
    /// The common refresh: sets a session's generation, if its token was not used yet, the session is live and its user active. It compares
    /// and sets; what it does not take is <see cref="Session.Refresh"/>'s to tell apart.
    /// </summary>
    /// <returns>Whom the new access token speaks for; <c>null</c> where nothing was set.</returns>
    Task<RefreshedSession?> TryRefreshAsync(CommonRefresh refresh, CancellationToken cancellationToken);

    /// <summary>Changes a session; once more from its read where somebody else changed it meanwhile.</summary>
    /// <typeparam name="T">How it ended.</typeparam>
    /// <param name="sessionId">The session.</param>
    /// <param name="unknown">The ending where there is no such session.</param>
    /// <param name="change">Decides, changes the session, and adds what is to be audited.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="ConcurrentChangeException">Others changed it time after time.</exception>
    Task<T> ChangeAsync<T>(
        Guid sessionId, T unknown, Func<Session, User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken);

    /// <summary>The live sessions of a user, the newest first.</summary>
    Task<IReadOnlyList<Session>> ListAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A refresh with a token that was not used yet.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="SeedHash">SHA-256 of the token's seed.</param>
/// <param name="Generation">The token's generation.</param>
/// <param name="Now">The time of the refresh.</param>
/// <param name="ExpiresAt">The session's end from now on.</param>
/// <param name="AccessExpiresAt">The end of the new access token.</param>
public sealed record CommonRefresh(
    Guid SessionId, byte[] SeedHash, int Generation, DateTimeOffset Now, DateTimeOffset ExpiresAt, DateTimeOffset AccessExpiresAt);

/// <summary>Whom the access token of a refreshed session speaks for.</summary>
public sealed record RefreshedSession(Guid UserId, string? AppId, string? OpenId, string[] Roles);
