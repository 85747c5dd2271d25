using System.Diagnostics;
using System.Diagnostics.Metrics;
using WxAuth.Domain.Login;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Telemetry;

/// <summary>
/// What this program tells of itself beside the framework's own meters and activities. Tags are few and of few values: never a user, a
/// session, a code or a token.
/// </summary>
public static class WxAuthTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "WxAuth";

    /// <summary>The activity source: one activity for each call to WeChat.</summary>
    public static readonly ActivitySource Activities = new(Name);

    /// <summary>The meter.</summary>
    public static readonly Meter Meter = new(Name);

    /// <summary>
    /// Logins by <c>app</c> and <c>outcome</c>: <c>success</c>, <c>new_user</c> or a problem code. WeChat's limit is <c>wechat_rate_limited</c>,
    /// so that <c>rate_limited</c> is ours alone.
    /// </summary>
    private static readonly Counter<long> Logins = Meter.CreateCounter<long>("wxauth.login", "{login}", "Logins by app and outcome.");

    private static readonly Counter<long> Refreshes = Meter.CreateCounter<long>("wxauth.refresh", "{refresh}", "Refreshes by outcome.");

    private static readonly Histogram<double> WeChatCalls = Meter.CreateHistogram<double>(
        "wxauth.wechat.call.duration",
        "s",
        "Calls to WeChat by call and errcode.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8] });

    /// <summary>Counts a login.</summary>
    /// <param name="appId">A configured app; <c>platform</c> for a password, <c>unknown</c> for an app that is not configured.</param>
    /// <param name="outcome">How it ended.</param>
    public static void CountLogin(string appId, string outcome) =>
        Logins.Add(1, new KeyValuePair<string, object?>("app", appId), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>The value of <c>outcome</c> for a login.</summary>
    public static string OutcomeOf(LoginResult result) => result switch
    {
        LoginResult.LoggedIn { IsNewUser: true } => "new_user",
        LoginResult.LoggedIn => "success",
        LoginResult.Refused refused => WireName.Of(refused.Failure.Code),
        _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a login."),
    };

    /// <summary>The value of <c>outcome</c> for a fault of WeChat.</summary>
    public static string OutcomeOf(WeChatFault fault) => $"wechat_{WireName.Of(fault)}";

    /// <summary>Counts a refresh.</summary>
    public static void CountRefresh(string outcome) => Refreshes.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Measures a call to WeChat.</summary>
    /// <param name="call">Its path, such as <c>sns/jscode2session</c>.</param>
    /// <param name="outcome">WeChat's errcode, or what kept it from coming.</param>
    /// <param name="duration">From sending to the end of the answer.</param>
    public static void MeasureWeChatCall(string call, string outcome, TimeSpan duration) =>
        WeChatCalls.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("call", call), new KeyValuePair<string, object?>("errcode", outcome));
}
