using System.Collections.Frozen;

namespace WxAuth.Api.Simulator.Faults;

/// <summary>What a fault does.</summary>
internal enum FaultEffect
{
    // The end of a call; one of these at a time.
    ConnectionReset,
    ReplyLost,
    Hang,
    Errcode,
    Html,
    EmptyBody,
    TruncatedJson,

    // The manner of an answer; any number of these together.
    Delay,
    ByteOrderMark,
    ErrcodeString,
    ErrcodeZero,
    ExpiresIn,
    EscapedSlash,
    OldHints,

    // Looked at by the rules themselves.
    UserBlocked,
    Quota,
    BindOpenPlatform,
    UnbindOpenPlatform,

    // Done at once and over.
    RotateSessionKey,
    TokenInvalidated,
}

/// <summary>The kinds of faults as a request names them.</summary>
internal static class FaultKinds
{
    /// <summary>The effect of each kind, with the errcode where the kind stands for one.</summary>
    public static FrozenDictionary<string, (FaultEffect Effect, int? Errcode)> ByName { get; } =
        new Dictionary<string, (FaultEffect, int?)>(StringComparer.Ordinal)
        {
            ["connection_reset"] = (FaultEffect.ConnectionReset, null),
            ["reply_lost"] = (FaultEffect.ReplyLost, null),
            ["hang"] = (FaultEffect.Hang, null),
            ["delay"] = (FaultEffect.Delay, null),
            ["errcode"] = (FaultEffect.Errcode, null),
            ["system_busy"] = (FaultEffect.Errcode, WeChatErrors.SystemBusy),
            ["rate_limited"] = (FaultEffect.Errcode, WeChatErrors.TooFrequent),
            ["quota_exhausted"] = (FaultEffect.Errcode, WeChatErrors.DailyQuota),
            ["ip_refused"] = (FaultEffect.Errcode, WeChatErrors.AddressNotAllowed),
            ["html"] = (FaultEffect.Html, null),
            ["empty_body"] = (FaultEffect.EmptyBody, null),
            ["truncated_json"] = (FaultEffect.TruncatedJson, null),
            ["bom"] = (FaultEffect.ByteOrderMark, null),
            ["errcode_string"] = (FaultEffect.ErrcodeString, null),
            ["errcode_zero"] = (FaultEffect.ErrcodeZero, null),
            ["expires_in"] = (FaultEffect.ExpiresIn, null),
            ["escaped_slash"] = (FaultEffect.EscapedSlash, null),
            ["old_hints"] = (FaultEffect.OldHints, null),
            ["user_blocked"] = (FaultEffect.UserBlocked, WeChatErrors.HighRiskUser),
            ["quota"] = (FaultEffect.Quota, null),
            ["bind_open_platform"] = (FaultEffect.BindOpenPlatform, null),
            ["unbind_open_platform"] = (FaultEffect.UnbindOpenPlatform, null),
            ["rotate_session_key"] = (FaultEffect.RotateSessionKey, null),
            ["token_invalidated"] = (FaultEffect.TokenInvalidated, null),
        }.ToFrozenDictionary(StringComparer.Ordinal);
}
