namespace WxAuth.Domain.Sessions;

/// <summary>Tells what has ended, to nodes that start and to services that check tokens themselves.</summary>
public interface IEndedSessionsFeed
{
    /// <summary>The ended sessions whose access tokens may still be alive, as far as they became visible after the cursor.</summary>
    /// <param name="after">A cursor that this method gave; <c>null</c> for all.</param>
    /// <param name="now">The time of the request.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns><c>null</c> where the cursor is none of ours.</returns>
    Task<EndedSessionsPage?> ReadAsync(string? after, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>News of ended sessions.</summary>
/// <param name="Cursor">Where the next request goes on.</param>
/// <param name="Sessions">The oldest first.</param>
public sealed record EndedSessionsPage(string Cursor, IReadOnlyList<EndedSession> Sessions);

/// <summary>An ended session whose access tokens may still be alive.</summary>
/// <param name="SessionId"><c>sid</c></param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">When its last access token expires.</param>
public sealed record EndedSession(Guid SessionId, DateTimeOffset EndedAt, SessionEndReason Reason, DateTimeOffset Until);
