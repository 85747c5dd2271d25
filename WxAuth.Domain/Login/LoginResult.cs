using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>A login request, validated.</summary>
/// <param name="App">The mini-program.</param>
/// <param name="Code">Of <c>wx.login</c>; 1 to 256 visible ASCII characters.</param>
/// <param name="PhoneCode">Of the phone number button, or <c>null</c>.</param>
/// <param name="IdempotencyKey">1 to 128 visible ASCII characters, or <c>null</c>.</param>
public sealed record LoginCommand(MiniProgram App, string Code, string? PhoneCode = null, string? IdempotencyKey = null)
{
    /// <summary>Without code and key: a record writes its members by itself.</summary>
    public override string ToString() => $"{nameof(LoginCommand)} of {App.AppId}";
}

/// <summary>How a login ended.</summary>
public abstract record LoginResult
{
    private LoginResult()
    {
    }

    /// <summary>There is a session.</summary>
    public sealed record LoggedIn(IssuedTokens Tokens, User User, bool IsNewUser) : LoginResult
    {
        /// <summary>The openid that logged in; <c>null</c> where it was a password.</summary>
        public string? OpenId { get; init; }

        /// <summary>Why a phone number that was asked for was not kept.</summary>
        public Failure? PhoneFailure { get; init; }

        /// <summary>The same, where it was WeChat's fault.</summary>
        public WeChatFault? PhoneFault { get; init; }
    }

    /// <summary>There is none.</summary>
    public sealed record Refused(Failure Failure) : LoginResult;
}
