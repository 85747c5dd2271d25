namespace WxAuth.Api.Simulator;

/// <summary>A mini-program as WeChat has it on file.</summary>
/// <param name="AppId"><c>wx</c> and 16 hex digits, in WeChat's way; any text without control characters will do.</param>
/// <param name="AppSecret">The secret that the back end proves itself with.</param>
/// <param name="PushToken">Signs message pushes; <c>null</c>: the app gets none.</param>
/// <param name="PushAesKey">EncodingAESKey, 43 characters; <c>null</c>: pushes are plain.</param>
/// <param name="OpenPlatform">
/// Name of the Open Platform account that the app is bound to; apps of one account see one unionid for one user. <c>null</c>: no unionid at all.
/// </param>
public sealed record SimulatedApp(
    string AppId, string AppSecret, string? PushToken = null, string? PushAesKey = null, string? OpenPlatform = null)
{
    /// <summary>The AppID alone: the generated text of a record would print the secrets.</summary>
    public override string ToString() => AppId;
}

/// <summary>What the simulated WeChat knows and where reality is unknown or varies.</summary>
public sealed class WeChatSimulatorOptions
{
    /// <summary>The apps; where there is none, the one of <see cref="SimulatorDefaults"/>. The first is the default of calls that name no app.</summary>
    public IList<SimulatedApp> Apps { get; } = [];

    /// <summary>How long the codes of wx.login and of the phone button are good; WeChat's five minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>wx.login replaces a session_key of at least this age and keeps a younger one; WeChat does not publish its figure.</summary>
    public TimeSpan SessionKeyRotationAge { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Life of a session_key that nothing replaces. Unpublished; a post of WeChat's staff speaks of three days.</summary>
    public TimeSpan SessionKeyLifetime { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Whether an exchange that fails on its AppID or AppSecret uses the code up all the same (unknown of WeChat).</summary>
    public bool FailedExchangeConsumesCode { get; set; }

    /// <summary>Most (app, user) pairs with a session_key; the oldest goes first, and gets a new key at its next login.</summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>Most codes kept at once; the oldest goes first, and is then invalid (40029).</summary>
    public int MaxCodes { get; set; } = 100_000;
}
