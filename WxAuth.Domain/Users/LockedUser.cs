using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Users;

/// <summary>
/// A user with everything that hangs on it, held against every other change until the use case has been kept. What a use case changes in
/// it, and what it adds to <see cref="Events"/>, is kept in one transaction.
/// </summary>
/// <param name="user">The user.</param>
/// <param name="identities">The WeChat identities that lead to the user.</param>
/// <param name="sessions">The sessions that can still be revoked; see <see cref="Session.CanBeRevoked"/>.</param>
/// <param name="isLastAdministrator">Whether nobody else could administer.</param>
public sealed class LockedUser(
    User user, IReadOnlyList<WeChatIdentity> identities, IReadOnlyList<Session> sessions, bool isLastAdministrator)
{
    private readonly List<WeChatIdentity> _identities = [.. identities];

    /// <summary>The user.</summary>
    public User User { get; } = user;

    /// <summary>The WeChat identities that lead to the user.</summary>
    public IReadOnlyList<WeChatIdentity> Identities => _identities;

    /// <summary>The sessions that can still be revoked.</summary>
    public IReadOnlyList<Session> Sessions { get; } = sessions;

    /// <summary>Whether nobody else could administer.</summary>
    public bool IsLastAdministrator { get; } = isLastAdministrator;

    /// <summary>What is to be audited.</summary>
    public ICollection<AuditEvent> Events { get; } = [];

    /// <summary>Identities that are to be deleted.</summary>
    public IReadOnlyList<WeChatIdentity> RemovedIdentities { get; private set; } = [];

    /// <summary>The user to whom an uploaded picture goes when this one is erased; <c>null</c>: to nobody.</summary>
    public Guid? AvatarHeirId { get; private set; }

    /// <summary>Sessions whose openid, address and user agent are to be cleared; <c>null</c>: none are.</summary>
    public ErasedTraces? ErasedTraces { get; private set; }

    /// <summary>Revokes those sessions that are still live, each with its audit event.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="context">When, from where and by whom.</param>
    /// <param name="which">Which of them; all where it is left out.</param>
    public void RevokeSessions(SessionEndReason reason, AuditContext context, Func<Session, bool>? which = null)
    {
        foreach (var session in Sessions.Where(session => session.CanBeRevoked(context.At) && which?.Invoke(session) is not false))
        {
            Events.Add(session.Revoke(reason, context));
        }
    }

    /// <summary>
    /// Erases the user: the one way there is. Every session ends, every identity that still leads here goes, and no column of any table
    /// keeps anything personal. The id stays.
    /// </summary>
    /// <param name="reason">Why its sessions end.</param>
    /// <param name="context">When; no address of it is kept.</param>
    public void Erase(SessionEndReason reason, AuditContext context)
    {
        RevokeSessions(reason, context with { Ip = null });
        RemovedIdentities = [.. RemovedIdentities, .. _identities];
        _identities.Clear();
        User.Erase(context.At);
        ErasedTraces = new ErasedTraces(User.Id, AppId: null, OpenId: null);
    }

    /// <summary>Takes one identity away, and with it what the sessions that it began know of the person.</summary>
    public void RemoveIdentity(WeChatIdentity identity, SessionEndReason reason, AuditContext context)
    {
        _identities.Remove(identity);
        RemovedIdentities = [.. RemovedIdentities, identity];
        RevokeSessions(reason, context with { Ip = null }, session => session.BeganWith(identity));
        ErasedTraces = new ErasedTraces(User.Id, identity.AppId, identity.OpenId);
    }

    /// <summary>
    /// Moves everything of this user to another one, which takes what it lacks, and erases the rest.
    /// </summary>
    public void MergeInto(User other, AuditContext context)
    {
        foreach (var identity in _identities)
        {
            identity.LeadTo(other);
        }

        _identities.Clear();
        AvatarHeirId = other.AvatarUrl is null ? other.Id : null;
        other.FillFrom(User);
        Erase(SessionEndReason.Merged, context);
    }
}

/// <summary>Where personal traces are to be cleared.</summary>
/// <param name="UserId">Whose: the user's sessions, and, without an identity, its audit events and uploaded picture too.</param>
/// <param name="AppId">Only sessions of that identity; <c>null</c>: all.</param>
/// <param name="OpenId">As for <paramref name="AppId"/>.</param>
public sealed record ErasedTraces(Guid UserId, string? AppId, string? OpenId);
