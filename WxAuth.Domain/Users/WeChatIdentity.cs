namespace WxAuth.Domain.Users;

/// <summary>The pair (AppID, openid) that leads to a user; an openid alone is unique within its app only.</summary>
public sealed class WeChatIdentity
{
    /// <summary>The mini-program.</summary>
    public required string AppId { get; init; }

    /// <summary>The user within that mini-program.</summary>
    public required string OpenId { get; init; }

    /// <summary>The user across the apps of one Open Platform account; may come later than the first login.</summary>
    public string? UnionId { get; set; }

    /// <summary>The user it leads to; <c>null</c> until bound, in an app that requires binding.</summary>
    public Guid? UserId { get; set; }

    /// <summary>When WeChat first named this identity to us.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The current session_key, sealed.</summary>
    public required byte[] SessionKeySealed { get; set; }

    /// <summary>Its fingerprint.</summary>
    public required byte[] SessionKeyTag { get; set; }

    /// <summary>When WeChat was asked for it.</summary>
    public DateTimeOffset SessionKeyAt { get; set; }

    /// <summary>The key before that, so that data encrypted just before a new login still opens.</summary>
    public byte[]? PreviousSessionKeySealed { get; set; }

    /// <summary>When WeChat was asked for the previous key.</summary>
    public DateTimeOffset? PreviousSessionKeyAt { get; set; }

    /// <summary>SHA-256 of the open binding ticket.</summary>
    public byte[]? BindingTicketHash { get; set; }

    /// <summary>The end of the open binding ticket.</summary>
    public DateTimeOffset? BindingTicketExpiresAt { get; set; }

    /// <summary>Hash of the login that was answered <c>binding_required</c>, by which its retry is known.</summary>
    public byte[]? LoginKeyHash { get; set; }

    /// <summary>When that login was.</summary>
    public DateTimeOffset? LoginKeyAt { get; set; }
}
