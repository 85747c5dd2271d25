using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>Keeps logins.</summary>
public interface ILoginStore
{
    /// <summary>
    /// Waits until no other login of that key is under way in this process: an openid, or the hash of an idempotency key. Two hundred first
    /// logins of one openid wait here, in memory, and not for a connection of the database.
    /// </summary>
    /// <param name="key">Whose turn it is to be.</param>
    /// <param name="longest">How long to wait; then the turn is taken all the same. <c>null</c>: as long as it takes.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The turn; disposing it lets the next one in.</returns>
    ValueTask<IDisposable> WaitForTurnAsync(string key, TimeSpan? longest, CancellationToken cancellationToken);

    /// <summary>What is known of the identity that WeChat names, its user and the number of its live sessions: one query.</summary>
    Task<KnownLogin> FindAsync(WeChatLogin login, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// The same, and what the unionid leads to, with everything of it held against other changes until <see cref="SaveAsync"/>: one
    /// person's first logins in two apps at once must find each other, and who was not first time after time must have his turn.
    /// </summary>
    Task<KnownLogin> FindAndHoldAsync(WeChatLogin login, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The sessions of a user that are live; they may be changed until <see cref="SaveAsync"/>.</summary>
    Task<IReadOnlyList<Session>> FindLiveSessionsAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps what the login changed and added, in one transaction. A returning user's session alone is one statement, which starts it if
    /// the user is still active, with the same roles, and the identity still leads to him.
    /// </summary>
    /// <returns>Whether it was kept; if not, somebody else was first, and the login starts again from its read.</returns>
    Task<bool> SaveAsync(KnownLogin known, CancellationToken cancellationToken);

    /// <summary>
    /// What the first try of a login has left, by the hash of its idempotency key: its session with its user, or the identity that was
    /// answered <c>binding_required</c>. It may be changed until <see cref="SaveRetriedAsync"/>.
    /// </summary>
    /// <param name="loginKeyHash">Hash of AppID, code and Idempotency-Key.</param>
    /// <param name="since">No older than that.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns><c>null</c> where nothing is known of it yet.</returns>
    Task<FirstTry?> FindFirstTryAsync(byte[] loginKeyHash, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Keeps what a retry changed.</summary>
    /// <returns>As <see cref="SaveAsync"/>.</returns>
    Task<bool> SaveRetriedAsync(CancellationToken cancellationToken);

    /// <summary>Audits a login that WeChat refused.</summary>
    Task RecordRefusalAsync(AuditEvent refusal, CancellationToken cancellationToken);
}

/// <summary>What the first try of a login has left: either a session and its user, or an unbound identity.</summary>
public sealed record FirstTry(Session? Session, User? User, WeChatIdentity? Identity);
