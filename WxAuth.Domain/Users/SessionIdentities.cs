using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Users;

/// <summary>Finds the WeChat identity that a session began with.</summary>
public sealed class SessionIdentities(MiniPrograms miniPrograms, IUserDataStore store)
{
    /// <returns>
    /// <c>null</c> where the session began with a password, the identity is gone or leads to another user, or its app is no longer configured.
    /// </returns>
    public async Task<SessionIdentity?> FindAsync(Caller caller, CancellationToken cancellationToken) =>
        caller is { AppId: { } appId, OpenId: { } openId }
        && miniPrograms.Find(appId) is not null
        && await store.FindSessionKeysAsync(caller.UserId, appId, openId, cancellationToken) is { } keys
            ? new SessionIdentity(appId, openId, keys)
            : null;
}

/// <summary>The identity that a session began with.</summary>
public sealed record SessionIdentity(string AppId, string OpenId, SessionKeys Keys);
