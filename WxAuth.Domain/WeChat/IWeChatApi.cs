namespace WxAuth.Domain.WeChat;

/// <summary>
/// WeChat's server, as far as a mini-program's back end needs it. An answer that WeChat gives on purpose is a value;
/// a fault (no answer, garbage, a refused configuration, an exhausted quota) is a <see cref="WeChatException"/>.
/// A clear session_key never crosses this port.
/// </summary>
public interface IWeChatApi
{
    /// <summary>Exchanges the code of <c>wx.login</c> (code2Session). The code is used up by it, whatever the answer.</summary>
    /// <param name="appId">A configured AppID.</param>
    /// <param name="code">The code; good once and for five minutes.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="WeChatException">WeChat cannot be reached, answers garbage, refuses the app or limits it.</exception>
    Task<CodeExchange> ExchangeCodeAsync(string appId, string code, CancellationToken cancellationToken);

    /// <summary>Exchanges the code of the phone number button (getPhoneNumber). It is charged for by WeChat: ask once.</summary>
    /// <returns>The number, or <c>null</c> where WeChat refuses the code (40029, 40013).</returns>
    /// <exception cref="WeChatException">As for <see cref="ExchangeCodeAsync"/>; a number that yields no E.164 is a bad response.</exception>
    Task<PhoneNumber?> GetPhoneNumberAsync(string appId, string phoneCode, CancellationToken cancellationToken);

    /// <summary>Asks WeChat whether the session_key is still the current one of the user (checkSessionKey).</summary>
    /// <exception cref="WeChatException">As for <see cref="ExchangeCodeAsync"/>.</exception>
    Task<bool> CheckSessionAsync(string appId, string openId, SealedSessionKey sessionKey, CancellationToken cancellationToken);
}

/// <summary>How an exchange of a login code ended.</summary>
public abstract record CodeExchange
{
    private CodeExchange()
    {
    }

    /// <summary>WeChat named the user.</summary>
    public sealed record Accepted(WeChatLogin Login) : CodeExchange;

    /// <summary>WeChat refused the code or the user.</summary>
    public sealed record Refused(CodeRefusal Refusal) : CodeExchange;
}

/// <summary>Why WeChat refused an exchange.</summary>
public enum CodeRefusal
{
    /// <summary>errcode 40029: expired, made up, or issued for another app.</summary>
    Invalid,

    /// <summary>errcode 40163: used before.</summary>
    Used,

    /// <summary>errcode 40226 or 50002: WeChat blocks the user.</summary>
    UserBlocked,
}

/// <summary>What WeChat says of the user who logged in.</summary>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">The user within that mini-program alone.</param>
/// <param name="UnionId">The user across the apps of one Open Platform account; <c>null</c> where the app is bound to none.</param>
/// <param name="SessionKey">The session_key that came with it, sealed.</param>
public sealed record WeChatLogin(string AppId, string OpenId, string? UnionId, SealedSessionKey SessionKey);

/// <summary>A session_key that only the vault in Infrastructure can open.</summary>
/// <param name="Sealed">The sealed key, bound to its app and openid.</param>
/// <param name="Tag">A one-way fingerprint, by which the same key is known again without opening it.</param>
/// <param name="IssuedAt">When WeChat was asked for it: of two keys the later one is current, whichever was stored first.</param>
public sealed record SealedSessionKey(byte[] Sealed, byte[] Tag, DateTimeOffset IssuedAt);

/// <summary>A phone number in E.164, always with <c>+</c>.</summary>
public sealed record PhoneNumber(string E164);
