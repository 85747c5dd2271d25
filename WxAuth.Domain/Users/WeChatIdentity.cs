using WxAuth.Domain.Accounts;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>The pair (AppID, openid) that leads to a user; an openid alone is unique within its app only.</summary>
public sealed class WeChatIdentity
{
    private WeChatIdentity()
    {
    }

    /// <summary>The mini-program.</summary>
    public string AppId { get; private init; } = "";

    /// <summary>The user within that mini-program.</summary>
    public string OpenId { get; private init; } = "";

    /// <summary>The user across the apps of one Open Platform account; may come later than the first login.</summary>
    public string? UnionId { get; private set; }

    /// <summary>The user it leads to; <c>null</c> until bound, in an app that requires binding.</summary>
    public Guid? UserId { get; private set; }

    /// <summary>When WeChat first named this identity to us.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The current session_key, sealed.</summary>
    public byte[] SessionKeySealed { get; private set; } = [];

    /// <summary>Its fingerprint.</summary>
    public byte[] SessionKeyTag { get; private set; } = [];

    /// <summary>When WeChat was first asked for it.</summary>
    public DateTimeOffset SessionKeyAt { get; private set; }

    /// <summary>The key before that, so that data encrypted just before a new login still opens.</summary>
    public byte[]? PreviousSessionKeySealed { get; private set; }

    /// <summary>When WeChat was asked for the previous key.</summary>
    public DateTimeOffset? PreviousSessionKeyAt { get; private set; }

    /// <summary>SHA-256 of the open binding ticket.</summary>
    public byte[]? BindingTicketHash { get; private set; }

    /// <summary>The end of the open binding ticket.</summary>
    public DateTimeOffset? BindingTicketExpiresAt { get; private set; }

    /// <summary>Hash of the login that was answered <c>binding_required</c>, by which its retry is known.</summary>
    public byte[]? LoginKeyHash { get; private set; }

    /// <summary>When that login was.</summary>
    public DateTimeOffset? LoginKeyAt { get; private set; }

    /// <summary>An identity that WeChat names for the first time. It leads to nobody yet.</summary>
    public static WeChatIdentity Create(WeChatLogin login, DateTimeOffset now) => new()
    {
        AppId = login.AppId,
        OpenId = login.OpenId,
        UnionId = login.UnionId,
        CreatedAt = now,
        SessionKeySealed = login.SessionKey.Sealed,
        SessionKeyTag = login.SessionKey.Tag,
        SessionKeyAt = login.SessionKey.IssuedAt,
    };

    /// <summary>
    /// Keeps what WeChat says at a login. Of two session_keys the one that was asked for later is current, whichever arrives first; the
    /// one before it is kept too, and the same key given again pushes nothing out. A unionid that is left out is not forgotten.
    /// </summary>
    public void Keep(WeChatLogin login)
    {
        UnionId = login.UnionId ?? UnionId;
        var key = login.SessionKey;
        if (key.Tag.AsSpan().SequenceEqual(SessionKeyTag))
        {
            return;
        }

        if (key.IssuedAt >= SessionKeyAt)
        {
            (PreviousSessionKeySealed, PreviousSessionKeyAt) = (SessionKeySealed, SessionKeyAt);
            (SessionKeySealed, SessionKeyTag, SessionKeyAt) = (key.Sealed, key.Tag, key.IssuedAt);
        }
        else if (PreviousSessionKeyAt is null || key.IssuedAt > PreviousSessionKeyAt)
        {
            (PreviousSessionKeySealed, PreviousSessionKeyAt) = (key.Sealed, key.IssuedAt);
        }
    }

    /// <summary>Lets the identity lead to a user. An open binding ticket is used up by it.</summary>
    public void LeadTo(User user)
    {
        UserId = user.Id;
        (BindingTicketHash, BindingTicketExpiresAt, LoginKeyHash, LoginKeyAt) = (null, null, null, null);
    }

    /// <summary>Lets the identity lead to nobody.</summary>
    public void Unbind() => UserId = null;

    /// <summary>Opens a binding ticket in the place of the one before.</summary>
    /// <param name="ticketHash">SHA-256 of the ticket.</param>
    /// <param name="loginKeyHash">Hash of AppID, code and Idempotency-Key of the login; <c>null</c> without such a key.</param>
    /// <param name="now">The time of the login.</param>
    public void OpenTicket(byte[] ticketHash, byte[]? loginKeyHash, DateTimeOffset now)
    {
        RenewTicket(ticketHash, now);
        (LoginKeyHash, LoginKeyAt) = (loginKeyHash, loginKeyHash is null ? null : now);
    }

    /// <summary>Puts a fresh ticket in the place of one whose answer was lost.</summary>
    public void RenewTicket(byte[] ticketHash, DateTimeOffset now) =>
        (BindingTicketHash, BindingTicketExpiresAt) = (ticketHash, now + BindingTicket.Lifetime);

    /// <summary>Whether a ticket can be exchanged: it is the latest one, not too old, and the identity leads to nobody.</summary>
    public bool HasOpenTicket(DateTimeOffset now) => UserId is null && BindingTicketHash is not null && BindingTicketExpiresAt > now;
}
