namespace WxAuth.Api.Problems;

/// <summary>Every way in which a request can fail. The wire's <c>code</c> is the name in snake_case; see <see cref="ProblemCatalogue"/>.</summary>
public enum ProblemCode
{
    ValidationFailed,
    MalformedRequest,
    AppUnknown,
    CodeInvalid,
    CodeUsed,
    UserBlockedByWechat,
    UserDisabled,
    BindingRequired,
    CredentialsInvalid,
    AccountLocked,
    UserNameTaken,
    BindingTicketInvalid,
    BindingConflict,
    LastAdministrator,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    ClientInvalid,
    SessionRevoked,
    RefreshTokenInvalid,
    RefreshTokenExpired,
    RefreshTokenReused,
    Forbidden,
    SessionKeyStale,
    EncryptedDataInvalid,
    SignatureInvalid,
    WatermarkMismatch,
    PhoneCodeInvalid,
    RateLimited,
    NotFound,
    MethodNotAllowed,
    UnsupportedMediaType,
    PayloadTooLarge,
    WechatRejectedApp,
    WechatBadResponse,
    WechatUnavailable,
    DatabaseUnavailable,
    InternalError,
}

/// <summary>What a client should do about a failure: the wire's <c>action</c>, in snake_case.</summary>
public enum ProblemAction
{
    /// <summary>The request itself is wrong; the same one fails again.</summary>
    FixRequest,

    /// <summary>Call <c>wx.login</c> and log in with its new code.</summary>
    LoginAgain,

    /// <summary>Exchange the refresh token, then repeat the request.</summary>
    Refresh,

    /// <summary>Ask for a platform account and bind it with the ticket.</summary>
    BindAccount,

    /// <summary>Repeat the same request after <c>Retry-After</c>.</summary>
    RetryLater,

    /// <summary>Only people can help.</summary>
    ContactSupport,
}
