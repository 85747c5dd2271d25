using WxAuth.Domain.Audit;

namespace WxAuth.Domain.Sessions;

/// <summary>How many sessions a user may have at once.</summary>
public static class SessionLimit
{
    /// <summary>Makes room for one more session: beyond the limit, those that were not used for longest end.</summary>
    /// <param name="sessions">The user's sessions so far.</param>
    /// <param name="maxPerUser">The limit; 1 or more.</param>
    /// <param name="context">When and from where.</param>
    /// <returns>What is to be audited.</returns>
    public static IEnumerable<AuditEvent> MakeRoom(IEnumerable<Session> sessions, int maxPerUser, AuditContext context) =>
    [
        .. sessions
            .Where(session => session.IsLive(context.At))
            .OrderByDescending(session => session.RefreshedAt).ThenByDescending(session => session.Id)
            .Skip(maxPerUser - 1)
            .Select(session => session.Revoke(SessionEndReason.Replaced, context)),
    ];
}
