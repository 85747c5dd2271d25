using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>Finds the WeChat identity that a session began with.</summary>
public sealed class SessionIdentities(MiniPrograms miniPrograms, IUserStore users)
{
    /// <returns>
    /// <c>null</c> where the session began with a password, the identity is gone or leads to another user, or its app is no longer
    /// configured.
    /// </returns>
    public async Task<SessionIdentity?> FindAsync(Caller caller, CancellationToken cancellationToken) =>
        caller is { AppId: { } appId, OpenId: { } openId }
        && miniPrograms.Find(appId) is not null
        && await users.FindIdentityAsync(caller.UserId, appId, openId, cancellationToken) is { } identity
            ? new SessionIdentity(appId, openId, SessionKeys.Of(identity))
            : null;
}

/// <summary>The identity that a session began with.</summary>
public sealed record SessionIdentity(string AppId, string OpenId, SessionKeys Keys);

/// <summary>The session_keys of an identity.</summary>
/// <param name="Current">The one that WeChat gave last.</param>
/// <param name="Previous">The one before; its fingerprint is not kept, and empty.</param>
public sealed record SessionKeys(SealedSessionKey Current, SealedSessionKey? Previous)
{
    /// <summary>The session_keys of an identity.</summary>
    public static SessionKeys Of(WeChatIdentity identity) => new(
        new SealedSessionKey(identity.SessionKeySealed, identity.SessionKeyTag, identity.SessionKeyAt),
        identity is { PreviousSessionKeySealed: { } previous, PreviousSessionKeyAt: { } previousAt }
            ? new SealedSessionKey(previous, [], previousAt)
            : null);
}
