using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>
/// What the database knows of somebody whom WeChat names at a login. What a login changes in it, and what it adds to it, is kept in one
/// transaction by <see cref="ILoginStore.SaveAsync"/>.
/// </summary>
public sealed class KnownLogin
{
    /// <summary>The identity; <c>null</c> where WeChat names it for the first time.</summary>
    public WeChatIdentity? Identity { get; set; }

    /// <summary>The user that the identity leads to; <c>null</c> where it leads to nobody.</summary>
    public User? User { get; set; }

    /// <summary>How many live sessions that user has.</summary>
    public int LiveSessions { get; init; }

    /// <summary>What is held against other changes; <c>null</c> where the login was only looked up.</summary>
    public HeldLogin? Held { get; init; }

    /// <summary>The new session; <c>null</c> where there is to be none.</summary>
    public Session? Session { get; set; }

    /// <summary>What is to be audited beside the login itself, whose record is its session.</summary>
    public ICollection<AuditEvent> Events { get; } = [];

    /// <summary>
    /// Whether it depends on the unionid who logs in: WeChat names one that is new for this identity, or the identity leads to nobody.
    /// </summary>
    public bool DependsOnUnionId(WeChatLogin login) =>
        Held is null
        && login.UnionId is { } unionId
        && (User is null || !string.Equals(Identity?.UnionId, unionId, StringComparison.Ordinal));
}

/// <summary>The users of a login, held against every other change, and the unionid against every other login of it, until it has been kept.</summary>
/// <param name="SamePerson">The user of the oldest other identity with the same unionid; <c>null</c>: there is none.</param>
/// <param name="Own">The user that the identity led to so far; <c>null</c> where it led to nobody.</param>
public sealed record HeldLogin(User? SamePerson, LockedUser? Own);
