namespace WxAuth.Api.Simulator.Faults;

/// <summary>
/// A fault to inject, for example <c>{"kind":"errcode","call":"jscode2session","errcode":-1,"times":2}</c>,
/// <c>{"kind":"reply_lost","call":"jscode2session","user":"alice","times":1}</c> or <c>{"kind":"delay","delayMs":5000}</c>.
/// </summary>
public sealed record FaultRequest
{
    /// <summary>
    /// <list type="bullet">
    /// <item>How a call ends: <c>connection_reset</c> (before anything is done), <c>reply_lost</c> (the connection breaks after the code was used up),
    /// <c>hang</c> (the same without a break: no answer until the client gives up), <c>errcode</c>, <c>system_busy</c> (-1), <c>rate_limited</c> (45011),
    /// <c>quota_exhausted</c> (45009), <c>ip_refused</c> (40164), <c>html</c>, <c>empty_body</c>, <c>truncated_json</c>.</item>
    /// <item>How an answer looks: <c>delay</c> (held back after the call was carried out), <c>bom</c>, <c>errcode_string</c>, <c>errcode_zero</c>,
    /// <c>expires_in</c>, <c>escaped_slash</c>, <c>old_hints</c>. They go together with each other and with an ending.</item>
    /// <item>What the rules find: <c>user_blocked</c> (40226, or 50002 by <c>errcode</c>; needs <c>user</c>), <c>quota</c> (needs <c>call</c> and <c>limit</c>),
    /// <c>bind_open_platform</c> (needs <c>openPlatform</c>), <c>unbind_open_platform</c>.</item>
    /// <item>Done at once and over: <c>rotate_session_key</c> (needs <c>user</c>), <c>token_invalidated</c> (another node has refreshed:
    /// every access_token of the app is 40001 from now on).</item>
    /// </list>
    /// </summary>
    /// <example>errcode</example>
    public string? Kind { get; init; }

    /// <summary>
    /// <c>jscode2session</c>, <c>token</c>, <c>stable_token</c>, <c>getuserphonenumber</c>, <c>checksession</c> or <c>resetusersessionkey</c>; left out: every call.
    /// </summary>
    /// <example>jscode2session</example>
    public string? Call { get; init; }

    /// <summary>The next so many calls that it fits, 1 to 1000000; left out: until the faults are cleared.</summary>
    /// <example>2</example>
    public int? Times { get; init; }

    /// <summary>Only calls about this user (by the code or openid that they carry); the tokens' calls are about none.</summary>
    public string? User { get; init; }

    /// <summary>Only calls of this app. For what needs an app and names none: the default app.</summary>
    public string? AppId { get; init; }

    /// <summary>For <c>errcode</c>: any but 0. For <c>user_blocked</c>: 40226 (the default) or 50002.</summary>
    /// <example>-1</example>
    public int? Errcode { get; init; }

    /// <summary>Text beside an errcode; left out: WeChat's own. The request's id is appended.</summary>
    public string? Errmsg { get; init; }

    /// <summary>For an errcode, <c>html</c> and <c>empty_body</c>: carry the call out first, so that its code is used up. Default: false.</summary>
    public bool? Consume { get; init; }

    /// <summary>HTTP status of <c>html</c> (default 502) and <c>empty_body</c> (default 200), 200 to 599 without 204, 205 and 304.</summary>
    public int? Status { get; init; }

    /// <summary>For <c>delay</c>: milliseconds, 1 to 600000.</summary>
    public int? DelayMs { get; init; }

    /// <summary>For <c>quota</c>: calls a minute and app, 0 to 1000000; the next one is 45011.</summary>
    public int? Limit { get; init; }

    /// <summary>For <c>bind_open_platform</c>: name of the Open Platform account, 1 to 64 characters.</summary>
    public string? OpenPlatform { get; init; }
}

/// <summary>A fault as it stands.</summary>
/// <param name="Id">Counted from 1.</param>
/// <param name="Kind">As asked for.</param>
/// <param name="Call">The call that it is for; <c>null</c>: every one.</param>
/// <param name="User">The user that it is for; <c>null</c>: everybody.</param>
/// <param name="AppId">The app that it is for; <c>null</c>: every one.</param>
/// <param name="Errcode">The errcode that it answers, if any.</param>
/// <param name="Remaining">How many more calls it spoils; <c>null</c>: until it is cleared. 0: it was done at once.</param>
public sealed record FaultResponse(long Id, string Kind, string? Call, string? User, string? AppId, int? Errcode, int? Remaining);

/// <summary>The active faults, oldest first.</summary>
/// <param name="Faults">Empty: WeChat keeps to its rules.</param>
public sealed record FaultListResponse(IReadOnlyList<FaultResponse> Faults);
