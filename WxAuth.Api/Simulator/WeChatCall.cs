namespace WxAuth.Api.Simulator;

/// <summary>The calls of WeChat's server that are simulated.</summary>
internal enum WeChatCall
{
    Code2Session,
    Token,
    StableToken,
    GetUserPhoneNumber,
    CheckSession,
    ResetUserSessionKey,
}

/// <summary>The calls under the last part of their path, as faults and statistics name them.</summary>
internal static class WeChatCallNames
{
    public static string NameOf(WeChatCall call) => call switch
    {
        WeChatCall.Code2Session => "jscode2session",
        WeChatCall.Token => "token",
        WeChatCall.StableToken => "stable_token",
        WeChatCall.GetUserPhoneNumber => "getuserphonenumber",
        WeChatCall.CheckSession => "checksession",
        WeChatCall.ResetUserSessionKey => "resetusersessionkey",
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "Not a call of WeChat."),
    };

    public static IReadOnlyDictionary<string, WeChatCall> ByName { get; } =
        Enum.GetValues<WeChatCall>().ToDictionary(NameOf, StringComparer.Ordinal);
}
