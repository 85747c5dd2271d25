using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Sessions;

/// <summary>Refreshes, lists and ends sessions.</summary>
public sealed partial class SessionService(
    ISessionStore sessions, IUserStore users, SessionTokens tokens, ILogger<SessionService> logger)
{
    /// <summary>Exchanges a refresh token for its successor and a new access token.</summary>
    public async Task<RefreshResult> RefreshAsync(string refreshToken, IPAddress? ip, CancellationToken cancellationToken)
    {
        if (tokens.Read(refreshToken) is not { } token)
        {
            WxAuthTelemetry.CountRefresh("forged");
            return new RefreshResult.Refused(FailureCode.RefreshTokenInvalid);
        }

        var now = tokens.Now;
        // The session's id tells when it began, so the common refresh needs no look at its row.
        var expiresAt = tokens.Policy.ExpiryAt(UuidV7.TimeOf(token.SessionId), now);
        var accessExpiresAt = tokens.Policy.AccessExpiryAt(now, expiresAt);
        var seedHash = SHA256.HashData(token.Seed);
        var refreshed = await sessions.TryRefreshAsync(
            new CommonRefresh(token.SessionId, seedHash, token.Generation, now, expiresAt, accessExpiresAt), cancellationToken);
        if (refreshed is not null)
        {
            WxAuthTelemetry.CountRefresh("refreshed");
            return new RefreshResult.Refreshed(tokens.Issue(
                new AccessTokenSubject(
                    refreshed.UserId, token.SessionId, refreshed.AppId, refreshed.OpenId, refreshed.Roles, accessExpiresAt),
                token with { Generation = token.Generation + 1 },
                expiresAt,
                now));
        }

        return await RefreshUncommonAsync(token, seedHash, new AuditContext(now, ip), cancellationToken);
    }

    /// <summary>Ends the session that an access token belongs to.</summary>
    public Task LogoutAsync(Guid userId, Guid sessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        EndAsync(userId, sessionId, SessionEndReason.Logout, ip, cancellationToken);

    /// <summary>Ends the session that a refresh token belongs to. A token that is none of ours ends nothing, and nobody is told.</summary>
    public async Task LogoutAsync(string refreshToken, IPAddress? ip, CancellationToken cancellationToken)
    {
        if (tokens.Read(refreshToken) is not { } token)
        {
            return;
        }

        var context = new AuditContext(tokens.Now, ip);
        var seedHash = SHA256.HashData(token.Seed);
        await sessions.ChangeAsync(
            token.SessionId,
            unknown: false,
            (session, _, events) =>
                HasSeed(session, seedHash) && Revoke(session, SessionEndReason.Logout, context, events),
            cancellationToken);
    }

    /// <summary>The user's live sessions.</summary>
    public Task<IReadOnlyList<Session>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        sessions.ListAsync(userId, tokens.Now, cancellationToken);

    /// <summary>Ends one of the user's sessions.</summary>
    /// <returns>Whether there is such a session of that user; one that has ended already counts.</returns>
    public Task<bool> EndAsync(Guid userId, Guid sessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        EndAsync(userId, sessionId, SessionEndReason.RevokedByUser, ip, cancellationToken);

    /// <summary>Ends all of the user's sessions but the given one.</summary>
    public Task EndOthersAsync(Guid userId, Guid currentSessionId, IPAddress? ip, CancellationToken cancellationToken)
    {
        var context = new AuditContext(tokens.Now, ip);
        return users.ChangeWithAllAsync(
            userId,
            gone: false,
            user =>
            {
                user.RevokeSessions(SessionEndReason.RevokedByUser, context, session => session.Id != currentSessionId);
                return true;
            },
            cancellationToken);
    }

    private async Task<RefreshResult> RefreshUncommonAsync(
        RefreshTokenContent token, byte[] seedHash, AuditContext context, CancellationToken cancellationToken)
    {
        RefreshResult Issue(Session session, User user, DateTimeOffset accessExpiresAt) => new RefreshResult.Refreshed(tokens.Issue(
            new AccessTokenSubject(session.UserId, session.Id, session.AppId, session.OpenId, user.Roles, accessExpiresAt),
            token with { Generation = token.Generation + 1 },
            session.ExpiresAt,
            context.At));

        var (decision, result) = await sessions.ChangeAsync<(RefreshDecision, RefreshResult?)>(
            token.SessionId,
            (new RefreshDecision.Unknown(), null),
            (session, user, events) =>
            {
                if (!HasSeed(session, seedHash))
                {
                    return (new RefreshDecision.Unknown(), null);
                }

                var decision = session.Refresh(token.Generation, user.Status, tokens.Policy, context);
                if (decision is RefreshDecision.Revoked { Event: { } revoked })
                {
                    events.Add(revoked);
                }
                else if (decision is RefreshDecision.Reused reused)
                {
                    events.Add(reused.Event);
                }

                return (decision, decision is RefreshDecision.Refreshed refreshed ? Issue(session, user, refreshed.AccessExpiresAt) : null);
            },
            cancellationToken);
        WxAuthTelemetry.CountRefresh(decision is RefreshDecision.Revoked ? "ended" : decision.GetType().Name.ToLowerInvariant());
        switch (decision)
        {
            case RefreshDecision.Refreshed:
                return result!;
            case RefreshDecision.Revoked revoked:
                return new RefreshResult.Refused(new Failure(FailureCode.SessionRevoked) { Reason = revoked.Reason });
            case RefreshDecision.Expired:
                return new RefreshResult.Refused(FailureCode.RefreshTokenExpired);
            case RefreshDecision.Reused:
                Log.Reused(logger, token.SessionId);
                return new RefreshResult.Refused(FailureCode.RefreshTokenReused);
            case RefreshDecision.Unknown:
                return new RefreshResult.Refused(FailureCode.RefreshTokenInvalid);
            default:
                throw new InvalidOperationException($"{decision.GetType()} is not an ending of a refresh.");
        }
    }

    private async Task<bool> EndAsync(
        Guid userId, Guid sessionId, SessionEndReason reason, IPAddress? ip, CancellationToken cancellationToken)
    {
        var context = new AuditContext(tokens.Now, ip);
        return await sessions.ChangeAsync(
            sessionId,
            unknown: false,
            (session, _, events) =>
            {
                if (session.UserId != userId)
                {
                    return false;
                }

                Revoke(session, reason, context, events);
                return true;
            },
            cancellationToken);
    }

    private static bool Revoke(Session session, SessionEndReason reason, AuditContext context, ICollection<AuditEvent> events)
    {
        if (!session.CanBeRevoked(context.At))
        {
            return false;
        }

        events.Add(session.Revoke(reason, context));
        return true;
    }

    private static bool HasSeed(Session session, byte[] seedHash) => CryptographicOperations.FixedTimeEquals(session.RefreshSeedHash, seedHash);

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Warning, "A used refresh token of session {SessionId} came again; the session has ended.")]
        public static partial void Reused(ILogger logger, Guid sessionId);
    }
}

/// <summary>How a refresh ended.</summary>
public abstract record RefreshResult
{
    private RefreshResult()
    {
    }

    /// <summary>There are new tokens.</summary>
    public sealed record Refreshed(IssuedTokens Tokens) : RefreshResult;

    /// <summary>There are none.</summary>
    public sealed record Refused(Failure Failure) : RefreshResult;
}
