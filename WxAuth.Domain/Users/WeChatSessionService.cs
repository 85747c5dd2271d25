using WxAuth.Domain.Sessions;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>Asks WeChat about the session_key that the server keeps.</summary>
public sealed class WeChatSessionService(SessionIdentities identities, IWeChatApi weChat)
{
    /// <summary>Whether the kept session_key is still WeChat's current one; <c>null</c> where the session has none.</summary>
    /// <exception cref="WeChatException">WeChat cannot be reached, answers garbage, refuses the app or limits it.</exception>
    public async Task<bool?> IsValidAsync(Caller caller, CancellationToken cancellationToken) =>
        await identities.FindAsync(caller, cancellationToken) is { } identity
            ? await weChat.CheckSessionAsync(identity.AppId, identity.OpenId, identity.Keys.Current, cancellationToken)
            : null;
}
