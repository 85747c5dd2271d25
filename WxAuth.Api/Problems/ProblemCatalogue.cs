using System.Collections.Frozen;
using System.Text.Json;
using static WxAuth.Api.Problems.ProblemAction;

namespace WxAuth.Api.Problems;

/// <summary>What a problem code means: its constant part on the wire.</summary>
/// <param name="Code">The code.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Action">What the client should do.</param>
/// <param name="Title">One short line.</param>
/// <param name="Detail">What the user can do about it.</param>
public sealed record ProblemEntry(ProblemCode Code, int Status, ProblemAction Action, LocalizedText Title, LocalizedText Detail)
{
    /// <summary>The wire's <c>code</c>; stable, never reworded.</summary>
    public string Name { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(Code.ToString());

    /// <summary>The wire's <c>type</c>.</summary>
    public string Type => $"urn:wxauth:problem:{Name}";

    /// <summary><c>Retry-After</c> where the failure itself names no time; <c>null</c>: the header is not sent.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What a failed login must do instead of <see cref="Action"/>: its code may be used up.</summary>
    public ProblemAction? ActionOnLogin { get; init; }
}

/// <summary>All problem codes, with their status, action and texts.</summary>
public static class ProblemCatalogue
{
    private static readonly FrozenDictionary<ProblemCode, ProblemEntry> Entries = Table().ToFrozenDictionary(entry => entry.Code);

    /// <summary>Every entry, in the order of <see cref="ProblemCode"/>.</summary>
    public static IEnumerable<ProblemEntry> All => Entries.Values.OrderBy(entry => entry.Code);

    /// <summary>The entry of a code.</summary>
    public static ProblemEntry Get(ProblemCode code) => Entries[code];

    private static IEnumerable<ProblemEntry> Table() =>
    [
        Entry(ProblemCode.ValidationFailed, 400, FixRequest,
            "填写的内容有误", "请检查标出的内容后重试。",
            "Some values are not valid", "Please check the marked values and try again."),
        Entry(ProblemCode.MalformedRequest, 400, FixRequest,
            "请求格式有误", "请求内容缺失或格式不正确。",
            "The request cannot be read", "The request body is missing or not in the documented format."),
        Entry(ProblemCode.AppUnknown, 400, FixRequest,
            "未知的小程序", "该小程序未在服务器上配置，或请求未指明是哪一个。",
            "Unknown mini-program", "This mini-program is not configured on the server, or the request does not say which one it is."),
        Entry(ProblemCode.CodeInvalid, 401, LoginAgain,
            "登录凭证无效", "登录凭证无效或已过期，请重新登录。",
            "The login code is not valid", "The login code is wrong or too old. Please log in again."),
        Entry(ProblemCode.CodeUsed, 401, LoginAgain,
            "登录凭证已被使用", "请重新登录。",
            "The login code was used before", "Please log in again."),
        Entry(ProblemCode.UserBlockedByWechat, 403, ContactSupport,
            "微信已限制该用户登录", "微信认为该账号存在风险，暂时无法登录，请联系客服。",
            "WeChat blocks this user", "WeChat considers this account a risk, so it cannot log in. Please contact support."),
        Entry(ProblemCode.UserDisabled, 403, ContactSupport,
            "账号已被停用", "请联系客服恢复账号。",
            "This account is disabled", "Please contact support to have it enabled again."),
        Entry(ProblemCode.BindingRequired, 409, BindAccount,
            "需要绑定账号", "请输入平台账号和密码完成绑定。",
            "An account has to be bound", "Please enter the user name and password of your account to bind it."),
        Entry(ProblemCode.CredentialsInvalid, 401, FixRequest,
            "用户名或密码错误", "请检查用户名和密码后重试。",
            "Wrong user name or password", "Please check your user name and password and try again."),
        Entry(ProblemCode.AccountLocked, 429, RetryLater,
            "密码错误次数过多", "请稍后再试。",
            "Too many wrong passwords", "Please try again later.") with { RetryAfter = TimeSpan.FromMinutes(15) },
        Entry(ProblemCode.UserNameTaken, 409, FixRequest,
            "用户名已被占用", "请换一个用户名。",
            "The user name is taken", "Please choose another user name."),
        Entry(ProblemCode.BindingTicketInvalid, 401, LoginAgain,
            "绑定凭证已失效", "绑定凭证无效、已使用或已过期，请重新登录。",
            "The binding ticket is no longer valid", "The binding ticket is unknown, used or too old. Please log in again."),
        Entry(ProblemCode.BindingConflict, 409, ContactSupport,
            "账号已绑定其他微信", "该账号已绑定另一个微信用户，请联系客服。",
            "The account is bound to another WeChat user", "Another WeChat user is bound to this account. Please contact support."),
        Entry(ProblemCode.LastAdministrator, 409, FixRequest,
            "不能移除最后一位管理员", "请先指定另一位管理员。",
            "The last administrator has to stay", "Please appoint another administrator first."),
        Entry(ProblemCode.TokenMissing, 401, LoginAgain,
            "尚未登录", "请先登录。",
            "You are not logged in", "Please log in first."),
        Entry(ProblemCode.TokenInvalid, 401, LoginAgain,
            "登录状态无效", "请重新登录。",
            "Your login is not valid", "Please log in again."),
        Entry(ProblemCode.TokenExpired, 401, Refresh,
            "登录状态已过期", "请刷新登录状态后重试。",
            "Your login has expired", "Please refresh it and try again."),
        Entry(ProblemCode.ClientInvalid, 401, FixRequest,
            "业务服务认证失败", "客户端标识或密钥不正确。",
            "The service cannot be authenticated", "The client id or the client secret is wrong."),
        Entry(ProblemCode.SessionRevoked, 401, LoginAgain,
            "登录已结束", "该登录会话已被结束，请重新登录。",
            "You have been logged out", "This session has been ended. Please log in again."),
        Entry(ProblemCode.RefreshTokenInvalid, 401, LoginAgain,
            "登录状态无效", "无法刷新登录状态，请重新登录。",
            "Your login is not valid", "It cannot be refreshed. Please log in again."),
        Entry(ProblemCode.RefreshTokenExpired, 401, LoginAgain,
            "登录已过期", "长时间未使用，请重新登录。",
            "Your login has expired", "It has not been used for too long. Please log in again."),
        Entry(ProblemCode.RefreshTokenReused, 401, LoginAgain,
            "登录已失效", "为保护账号安全，该登录已结束，请重新登录。",
            "Your login has been ended", "It was ended to protect your account. Please log in again."),
        Entry(ProblemCode.Forbidden, 403, ContactSupport,
            "没有权限", "您没有执行此操作的权限，请联系管理员。",
            "You are not allowed to do this", "Your account lacks the permission. Please contact an administrator."),
        Entry(ProblemCode.SessionKeyStale, 409, LoginAgain,
            "微信会话已过期", "请重新登录后再试。",
            "The WeChat session is out of date", "Please log in again, then try once more."),
        Entry(ProblemCode.EncryptedDataInvalid, 400, FixRequest,
            "加密数据无效", "无法读取微信提供的数据，请重新授权。",
            "The encrypted data is not valid", "The data from WeChat cannot be read. Please authorise again."),
        Entry(ProblemCode.SignatureInvalid, 400, FixRequest,
            "签名无效", "数据签名校验未通过。",
            "The signature is not valid", "The signature does not match the data."),
        Entry(ProblemCode.WatermarkMismatch, 400, FixRequest,
            "数据不属于当前用户", "数据来自其他小程序或其他用户。",
            "The data is not yours", "The data belongs to another mini-program or another user."),
        Entry(ProblemCode.PhoneCodeInvalid, 400, FixRequest,
            "手机号授权已失效", "请重新授权手机号。",
            "The phone number authorisation is not valid", "Please authorise your phone number again."),
        Entry(ProblemCode.RateLimited, 429, RetryLater,
            "操作过于频繁", "请稍后再试。",
            "Too many requests", "Please try again later.") with { RetryAfter = TimeSpan.FromMinutes(1) },
        Entry(ProblemCode.NotFound, 404, FixRequest,
            "内容不存在", "请求的内容不存在。",
            "Not found", "What was asked for does not exist."),
        Entry(ProblemCode.MethodNotAllowed, 405, FixRequest,
            "不支持的请求方法", "此地址不支持该请求方法。",
            "Method not allowed", "This address does not support the request's method."),
        Entry(ProblemCode.UnsupportedMediaType, 415, FixRequest,
            "不支持的内容类型", "请使用受支持的格式。",
            "Unsupported media type", "Please use a supported format."),
        Entry(ProblemCode.PayloadTooLarge, 413, FixRequest,
            "内容过大", "请缩小内容后重试。",
            "The content is too large", "Please send something smaller."),
        Entry(ProblemCode.WechatRejectedApp, 500, ContactSupport,
            "暂时无法登录", "服务配置有误，请联系客服。",
            "The service is not set up correctly", "Please contact support."),
        Entry(ProblemCode.WechatBadResponse, 502, RetryLater,
            "微信服务异常", "请稍后再试。",
            "WeChat gave an unexpected answer", "Please try again in a moment.") with
        { RetryAfter = TimeSpan.FromSeconds(5), ActionOnLogin = LoginAgain },
        Entry(ProblemCode.WechatUnavailable, 503, RetryLater,
            "微信服务暂时不可用", "请稍后再试。",
            "WeChat cannot be reached", "Please try again in a moment.") with
        { RetryAfter = TimeSpan.FromSeconds(5), ActionOnLogin = LoginAgain },
        Entry(ProblemCode.DatabaseUnavailable, 503, RetryLater,
            "服务暂时不可用", "请稍后再试。",
            "The service is not available", "Please try again in a moment.") with
        { RetryAfter = TimeSpan.FromSeconds(5), ActionOnLogin = LoginAgain },
        Entry(ProblemCode.InternalError, 500, RetryLater,
            "服务器出错了", "请稍后再试，若问题持续存在请联系客服。",
            "Something went wrong", "Please try again later. If it happens again, contact support."),
    ];

    private static ProblemEntry Entry(
        ProblemCode code, int status, ProblemAction action, string zhTitle, string zhDetail, string enTitle, string enDetail) =>
        new(code, status, action, new(zhTitle, enTitle), new(zhDetail, enDetail));
}
