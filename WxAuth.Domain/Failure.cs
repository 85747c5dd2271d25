using WxAuth.Domain.Accounts;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain;

/// <summary>
/// An expected ending of a use case that is not its success: a value, so that the caller must look.
/// What is broken (WeChat, PostgreSQL) is an exception instead.
/// </summary>
/// <param name="Code">What the client is told.</param>
public sealed record Failure(FailureCode Code)
{
    /// <summary>Why the session ended; only with <see cref="FailureCode.SessionRevoked"/>.</summary>
    public SessionEndReason? Reason { get; init; }

    /// <summary>What the client binds the account with; only with <see cref="FailureCode.BindingRequired"/>.</summary>
    public BindingTicket? BindingTicket { get; init; }

    /// <summary>How long to wait; only with <see cref="FailureCode.AccountLocked"/> and <see cref="FailureCode.RateLimited"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A failure that has nothing to add to its code.</summary>
    public static implicit operator Failure(FailureCode code) => new(code);

    /// <summary>Named alternate of the conversion.</summary>
    public static Failure FromFailureCode(FailureCode code) => new(code);
}

/// <summary>What the domain can refuse. Each has one problem code on the wire.</summary>
public enum FailureCode
{
    /// <summary>The AppID is not configured, or was left out where several are.</summary>
    AppUnknown,

    /// <summary>WeChat refuses the login code (40029).</summary>
    CodeInvalid,

    /// <summary>The login code was used before (40163).</summary>
    CodeUsed,

    /// <summary>WeChat blocks the user (40226, 50002). Spelt as its problem code, which the metrics name it by.</summary>
    UserBlockedByWechat,

    /// <summary>An administrator disabled the user.</summary>
    UserDisabled,

    /// <summary>The app wants bound accounts and this openid has none.</summary>
    BindingRequired,

    /// <summary>User name or password wrong; never says which.</summary>
    CredentialsInvalid,

    /// <summary>Too many wrong passwords.</summary>
    AccountLocked,

    /// <summary>The user name belongs to another account.</summary>
    UserNameTaken,

    /// <summary>The binding ticket is unknown, used or too old.</summary>
    BindingTicketInvalid,

    /// <summary>The account is bound to another openid of this app.</summary>
    BindingConflict,

    /// <summary>The last enabled administrator would be lost.</summary>
    LastAdministrator,

    /// <summary>The session has ended; <see cref="Failure.Reason"/> says why.</summary>
    SessionRevoked,

    /// <summary>The refresh token is none of ours.</summary>
    RefreshTokenInvalid,

    /// <summary>The session has reached its idle or absolute end.</summary>
    RefreshTokenExpired,

    /// <summary>The refresh token was used before; its session has ended by that.</summary>
    RefreshTokenReused,

    /// <summary>The data was encrypted under a session_key that the server does not have.</summary>
    SessionKeyStale,

    /// <summary>The encrypted data is no base64, or of a wrong length.</summary>
    EncryptedDataInvalid,

    /// <summary>The signature of rawData or of a message push is wrong.</summary>
    SignatureInvalid,

    /// <summary>The data belongs to another app or user.</summary>
    WatermarkMismatch,

    /// <summary>WeChat refuses the phone number code.</summary>
    PhoneCodeInvalid,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>There is no such thing, or it is another user's.</summary>
    NotFound,
}
