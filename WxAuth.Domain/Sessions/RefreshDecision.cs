using WxAuth.Domain.Audit;

namespace WxAuth.Domain.Sessions;

/// <summary>What becomes of a session when a refresh token of it is presented; see <see cref="Session.Refresh"/>.</summary>
public abstract record RefreshDecision
{
    private RefreshDecision()
    {
    }

    /// <summary>The token yields its successor, the next generation.</summary>
    /// <param name="AccessExpiresAt">The end of the access token to be issued.</param>
    public sealed record Refreshed(DateTimeOffset AccessExpiresAt) : RefreshDecision;

    /// <summary>The session had ended before, or ends now because its user may no longer log in.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Event">What is to be audited; <c>null</c> where it had ended before.</param>
    public sealed record Revoked(SessionEndReason Reason, AuditEvent? Event) : RefreshDecision;

    /// <summary>The session is past its idle or absolute end.</summary>
    public sealed record Expired : RefreshDecision;

    /// <summary>The token had been used before, and the session ends by that.</summary>
    /// <param name="Event">What is to be audited.</param>
    public sealed record Reused(AuditEvent Event) : RefreshDecision;

    /// <summary>There is no such session any more.</summary>
    public sealed record Unknown : RefreshDecision;
}
