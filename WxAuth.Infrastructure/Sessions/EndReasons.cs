using WxAuth.Domain;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>The reason of an ended session, as the database and its notifications carry it.</summary>
internal static class EndReasons
{
    /// <summary>
    /// Reads a reason. One that this release does not know (a later one's, or a person's with psql) counts as an administrator's: a session
    /// that has ended is refused whatever its reason says.
    /// </summary>
    public static SessionEndReason Read(string text) =>
        WireName.Parse<SessionEndReason>(text) ?? SessionEndReason.RevokedByAdmin;
}
