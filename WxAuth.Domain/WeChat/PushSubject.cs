using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.WeChat;

/// <summary>
/// Whom a message is about, held against every other change until it has been handled. What is changed in it is kept in one transaction.
/// </summary>
/// <param name="identity">The identity; <c>null</c> where the message names none, or one that is not known.</param>
/// <param name="user">The user that it leads to; <c>null</c> where it leads to nobody.</param>
public sealed class PushSubject(WeChatIdentity? identity, LockedUser? user)
{
    /// <summary>The identity.</summary>
    public WeChatIdentity? Identity { get; } = identity;

    /// <summary>The user that it leads to; some of its identities or itself may be gone afterwards.</summary>
    public LockedUser? User { get; } = user;

    /// <summary>Whether an identity that leads to nobody is to be deleted; one of a user is among those that the user lost.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>What is to be audited beside the events of the user.</summary>
    public ICollection<AuditEvent> Events { get; } = [];

    /// <summary>Clears what the user took back.</summary>
    public void TakeBack(RevokedData revoked)
    {
        if (revoked.HasFlag(RevokedData.Profile))
        {
            User?.User.ChangeProfile(new ProfileChange(SetNickname: true, Nickname: null, SetAvatarUrl: true, AvatarUrl: null));
        }

        if (revoked.HasFlag(RevokedData.Phone))
        {
            User?.User.ChangePhone(null);
        }
    }

    /// <summary>
    /// The WeChat account is closed: nobody will ever log in with the identity again. It is removed, and with it a user whom nothing else
    /// leads to.
    /// </summary>
    public void Cancel(AuditContext context)
    {
        if (Identity is null)
        {
            return;
        }

        if (User is null)
        {
            IsRemoved = true;
        }
        else if (User.User.HasAccount || User.Identities.Count > 1)
        {
            User.RemoveIdentity(Identity, SessionEndReason.Erased, context);
        }
        else
        {
            User.Erase(SessionEndReason.Erased, context);
            User.Events.Add(AuditEvents.UserErased(User.User, ErasureCause.Wechat, context));
        }
    }
}

/// <summary>What a user may take back in WeChat.</summary>
[Flags]
public enum RevokedData
{
    /// <summary>Nothing that is kept here.</summary>
    None = 0,

    /// <summary>Nickname and avatar.</summary>
    Profile = 1,

    /// <summary>The phone number.</summary>
    Phone = 2,
}
