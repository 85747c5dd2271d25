using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Login;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Tokens;

namespace WxAuth.Domain.Sessions;

/// <summary>Refreshes, lists and ends sessions.</summary>
public sealed partial class SessionService(
    ISessionStore sessions, SessionTokens tokens, SessionPolicy policy, TimeProvider timeProvider, ILogger<SessionService> logger)
{
    /// <summary>Exchanges a refresh token for its successor and a new access token.</summary>
    public async Task<RefreshResult> RefreshAsync(string refreshToken, ClientInfo client, CancellationToken cancellationToken)
    {
        if (tokens.Read(refreshToken) is not { } content)
        {
            WxAuthTelemetry.CountRefresh("forged");
            return new RefreshResult.Refused(FailureCode.RefreshTokenInvalid);
        }

        var now = timeProvider.GetUtcNow();
        var outcome = await sessions.RefreshAsync(
            new RefreshAttempt(content.SessionId, SHA256.HashData(content.Seed), content.Generation, now, policy, client.Ip), cancellationToken);
        WxAuthTelemetry.CountRefresh(outcome.GetType().Name.ToLowerInvariant());
        switch (outcome)
        {
            case RefreshOutcome.Refreshed session:
                return new RefreshResult.Refreshed(tokens.Issue(
                    new AccessTokenSubject(
                        session.UserId, content.SessionId, session.AppId, session.OpenId, session.Roles, session.AccessExpiresAt),
                    content with { Generation = content.Generation + 1 },
                    session.ExpiresAt,
                    now));
            case RefreshOutcome.Ended ended:
                return new RefreshResult.Refused(new Failure(FailureCode.SessionRevoked) { Reason = ended.Reason });
            case RefreshOutcome.Expired:
                return new RefreshResult.Refused(FailureCode.RefreshTokenExpired);
            case RefreshOutcome.Reused:
                Log.Reused(logger, content.SessionId);
                return new RefreshResult.Refused(FailureCode.RefreshTokenReused);
            case RefreshOutcome.Unknown:
                return new RefreshResult.Refused(FailureCode.RefreshTokenInvalid);
            default:
                throw new InvalidOperationException($"{outcome.GetType()} is not an ending of a refresh.");
        }
    }

    /// <summary>Ends the session that an access token belongs to.</summary>
    public Task LogoutAsync(Guid userId, Guid sessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        sessions.EndAsync(userId, sessionId, SessionEndReason.Logout, timeProvider.GetUtcNow(), ip, cancellationToken);

    /// <summary>Ends the session that a refresh token belongs to. A token that is none of ours ends nothing, and nobody is told.</summary>
    public Task LogoutAsync(string refreshToken, IPAddress? ip, CancellationToken cancellationToken) =>
        tokens.Read(refreshToken) is { } content
            ? sessions.EndByRefreshTokenAsync(content.SessionId, SHA256.HashData(content.Seed), timeProvider.GetUtcNow(), ip, cancellationToken)
            : Task.CompletedTask;

    /// <summary>The user's live sessions.</summary>
    public Task<IReadOnlyList<Session>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        sessions.ListAsync(userId, timeProvider.GetUtcNow(), cancellationToken);

    /// <summary>Ends one of the user's sessions.</summary>
    /// <returns>Whether there is such a session of that user; one that has ended already counts.</returns>
    public Task<bool> EndAsync(Guid userId, Guid sessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        sessions.EndAsync(userId, sessionId, SessionEndReason.RevokedByUser, timeProvider.GetUtcNow(), ip, cancellationToken);

    /// <summary>Ends all of the user's sessions but the given one.</summary>
    public Task EndOthersAsync(Guid userId, Guid currentSessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        sessions.EndAllAsync(userId, currentSessionId, SessionEndReason.RevokedByUser, timeProvider.GetUtcNow(), ip, cancellationToken);

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
