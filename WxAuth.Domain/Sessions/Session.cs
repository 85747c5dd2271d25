using System.Net;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Sessions;

/// <summary>One login of one user, from the login until it ends or expires. One row, however often it is refreshed.</summary>
public sealed class Session
{
    /// <summary>The generation of a session's first refresh token.</summary>
    public const int FirstGeneration = 1;

    private Session()
    {
    }

    /// <summary>UUIDv7; the <c>sid</c> of access tokens.</summary>
    public Guid Id { get; private init; }

    /// <summary>Whose it is.</summary>
    public Guid UserId { get; private init; }

    /// <summary>The mini-program; <c>null</c> for a login with a password.</summary>
    public string? AppId { get; private init; }

    /// <summary>The openid at login; cleared when the user's data are erased.</summary>
    public string? OpenId { get; private set; }

    /// <summary>When the login was.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>When a refresh token was last exchanged.</summary>
    public DateTimeOffset RefreshedAt { get; private set; }

    /// <summary>The idle or the absolute end, whichever comes first.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When its last access token expires.</summary>
    public DateTimeOffset AccessExpiresAt { get; private set; }

    /// <summary>When it was ended; <c>null</c> while it is live or has merely expired.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it was ended.</summary>
    public SessionEndReason? EndReason { get; private set; }

    /// <summary>The transaction that ended it: the order in which ends become visible. Set by a trigger.</summary>
    public ulong? EndedTransaction { get; private set; }

    /// <summary>The generation of the one refresh token that has not been used yet.</summary>
    public int RefreshGeneration { get; private set; }

    /// <summary>SHA-256 of the session's seed, which only its refresh tokens carry.</summary>
    public byte[] RefreshSeedHash { get; private init; } = [];

    /// <summary>Hash of AppID, code and Idempotency-Key, by which a retry of the login is known.</summary>
    public byte[]? LoginKeyHash { get; private init; }

    /// <summary>Whether the login made the user; a retry of it must say the same.</summary>
    public bool IsNewUser { get; private init; }

    /// <summary>
    /// Whether this row is the audit record of its login. It is not for sessions of releases that wrote an audit event beside it.
    /// </summary>
    public bool RecordsLogin { get; private init; }

    /// <summary>The client's address at login.</summary>
    public IPAddress? Ip { get; private set; }

    /// <summary>The client's User-Agent at login, at most 256 characters.</summary>
    public string? UserAgent { get; private set; }

    /// <summary>A session that begins now.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="identity">The identity that logged in; <c>null</c> for a password.</param>
    /// <param name="seedHash">SHA-256 of its seed.</param>
    /// <param name="policy">How long it lasts.</param>
    /// <param name="client">From where.</param>
    /// <param name="now">The time of the login.</param>
    /// <param name="loginKeyHash">Hash of AppID, code and Idempotency-Key; <c>null</c> without such a key.</param>
    /// <param name="isNewUser">Whether the login made the user.</param>
    public static Session Start(
        User user,
        (string AppId, string OpenId)? identity,
        byte[] seedHash,
        SessionPolicy policy,
        ClientInfo client,
        DateTimeOffset now,
        byte[]? loginKeyHash = null,
        bool isNewUser = false)
    {
        var expiresAt = policy.ExpiryAt(createdAt: now, now);
        return new Session
        {
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            AppId = identity?.AppId,
            OpenId = identity?.OpenId,
            CreatedAt = now,
            RefreshedAt = now,
            ExpiresAt = expiresAt,
            AccessExpiresAt = policy.AccessExpiryAt(now, expiresAt),
            RefreshGeneration = FirstGeneration,
            RefreshSeedHash = seedHash,
            LoginKeyHash = loginKeyHash,
            IsNewUser = isNewUser,
            RecordsLogin = true,
            Ip = client.Ip,
            UserAgent = client.UserAgent,
        };
    }

    /// <summary>Whether it can be used and refreshed.</summary>
    public bool IsLive(DateTimeOffset now) => EndedAt is null && ExpiresAt > now;

    /// <summary>
    /// Whether it makes a difference to revoke it: a session that has just expired still has access tokens that a node with a slow clock
    /// takes for good.
    /// </summary>
    public bool CanBeRevoked(DateTimeOffset now) => EndedAt is null && ExpiresAt + SessionPolicy.ClockSkew > now;

    /// <summary>Whether this identity began it.</summary>
    public bool BeganWith(WeChatIdentity identity) =>
        string.Equals(AppId, identity.AppId, StringComparison.Ordinal) && string.Equals(OpenId, identity.OpenId, StringComparison.Ordinal);

    /// <summary>Ends it.</summary>
    /// <returns>What is to be audited of it.</returns>
    public AuditEvent Revoke(SessionEndReason reason, AuditContext context)
    {
        EndedAt = context.At;
        EndReason = reason;
        return AuditEvents.SessionEnded(this, reason, context);
    }

    /// <summary>
    /// Exchanges a genuine refresh token of some generation: the whole state machine. The successor of a token is always the next
    /// generation, so a retry needs no memory: unused, then used, within the grace period again the same successor, anything else ends the
    /// session.
    /// </summary>
    /// <param name="generation">The token's.</param>
    /// <param name="status">Whether the session's user may still log in.</param>
    /// <param name="policy">Lifetimes and grace period.</param>
    /// <param name="context">When and from where.</param>
    public RefreshDecision Refresh(int generation, UserStatus status, SessionPolicy policy, AuditContext context)
    {
        var now = context.At;
        if (EndedAt is not null)
        {
            return new RefreshDecision.Revoked(EndReason ?? SessionEndReason.RevokedByAdmin, Event: null);
        }

        if (!IsLive(now))
        {
            return new RefreshDecision.Expired();
        }

        var isPredecessor = generation == RefreshGeneration - 1;
        if (generation < RefreshGeneration && !(isPredecessor && now <= RefreshedAt + policy.ReuseGracePeriod))
        {
            var ended = Revoke(SessionEndReason.RefreshTokenReused, context);
            // The last token but one, late, is an answer lost in a long outage; an older one means that its successor is in use elsewhere.
            return new RefreshDecision.Reused(isPredecessor ? ended : AuditEvents.RefreshReused(this, context));
        }

        if (status != UserStatus.Active)
        {
            var reason = status == UserStatus.Erased ? SessionEndReason.Erased : SessionEndReason.UserDisabled;
            return new RefreshDecision.Revoked(reason, Revoke(reason, context));
        }

        if (generation >= RefreshGeneration)
        {
            // Above it only after a failover that lost the last transactions: the token is genuine, so nobody is logged out.
            RefreshGeneration = generation + 1;
            RefreshedAt = now;
            ExpiresAt = policy.ExpiryAt(CreatedAt, now);
        }

        return new RefreshDecision.Refreshed(ExtendAccess(policy, now));
    }

    /// <summary>
    /// Takes up a session whose first answer was lost: the refresh token of that answer counts as just used, so whoever has it gets the
    /// same successor as the retry.
    /// </summary>
    /// <returns>The end of the access token to be issued.</returns>
    public DateTimeOffset Resume(SessionPolicy policy, DateTimeOffset now)
    {
        if (RefreshGeneration == FirstGeneration)
        {
            RefreshGeneration++;
            RefreshedAt = now;
        }

        ExpiresAt = policy.ExpiryAt(CreatedAt, now);
        return ExtendAccess(policy, now);
    }

    private DateTimeOffset ExtendAccess(SessionPolicy policy, DateTimeOffset now)
    {
        var accessExpiresAt = policy.AccessExpiryAt(now, ExpiresAt);
        if (accessExpiresAt > AccessExpiresAt)
        {
            AccessExpiresAt = accessExpiresAt;
        }

        return accessExpiresAt;
    }
}
