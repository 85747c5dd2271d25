using System.Net;

namespace WxAuth.Domain.Sessions;

/// <summary>Keeps sessions. What ends one is felt by every node within a second.</summary>
public interface ISessionStore
{
    /// <summary>Exchanges a genuine refresh token, in one conditional update; what that does not take, <c>refresh_session</c> tells apart: it is the whole state machine.</summary>
    Task<RefreshOutcome> RefreshAsync(RefreshAttempt attempt, CancellationToken cancellationToken);

    /// <summary>Ends the session of a genuine refresh token, of whatever generation; one that is not live is left as it is.</summary>
    Task EndByRefreshTokenAsync(Guid sessionId, byte[] seedHash, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken);

    /// <summary>Ends one session of a user.</summary>
    /// <returns>Whether the user has such a session, live or not.</returns>
    Task<bool> EndAsync(Guid userId, Guid sessionId, SessionEndReason reason, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken);

    /// <summary>Ends all live sessions of a user but one, or all.</summary>
    Task EndAllAsync(
        Guid userId, Guid? exceptSessionId, SessionEndReason reason, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken);

    /// <summary>The live sessions of a user, the newest first.</summary>
    Task<IReadOnlyList<Session>> ListAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A refresh, its token already known as genuine.</summary>
public sealed record RefreshAttempt(Guid SessionId, byte[] SeedHash, int Generation, DateTimeOffset Now, SessionPolicy Policy, IPAddress? Ip);

/// <summary>How a refresh ended in the database.</summary>
public abstract record RefreshOutcome
{
    private RefreshOutcome()
    {
    }

    /// <summary>The successor is the next generation.</summary>
    public sealed record Refreshed(
        Guid UserId, string? AppId, string? OpenId, string[] Roles, DateTimeOffset ExpiresAt, DateTimeOffset AccessExpiresAt) : RefreshOutcome;

    /// <summary>The session had ended before.</summary>
    public sealed record Ended(SessionEndReason Reason) : RefreshOutcome;

    /// <summary>The session is past its idle or absolute end.</summary>
    public sealed record Expired : RefreshOutcome;

    /// <summary>The token had been used, and its session has now ended.</summary>
    public sealed record Reused : RefreshOutcome;

    /// <summary>There is no such session any more.</summary>
    public sealed record Unknown : RefreshOutcome;
}
