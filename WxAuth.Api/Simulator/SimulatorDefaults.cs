namespace WxAuth.Api.Simulator;

/// <summary>
/// The mini-programs of Development: the first is the one that the simulator knows when it is told of no other. Nothing here is a secret: it opens the simulator alone.
/// </summary>
public static class SimulatorDefaults
{
    /// <summary>The folder that everything of the simulator answers under; append it to the server's address for <c>WeChat:BaseUrl</c>.</summary>
    public const string BasePath = "/simulator";

    /// <summary>AppID of the default app.</summary>
    public const string AppId = "wx5eb0a6f3c1d2e4f7";

    /// <summary>AppSecret of the default app.</summary>
    public const string AppSecret = "0123456789abcdef0123456789abcdef";

    /// <summary>Token (3 to 32 alphanumerics) that the default app's message pushes are signed with.</summary>
    public const string PushToken = "SimulatedPushToken";

    /// <summary>
    /// EncodingAESKey (43 characters) that the default app's message pushes are encrypted with. The spare bits of its last character are
    /// not zero, as in many real keys, so that a decoder that is too strict shows itself in development.
    /// </summary>
    public const string PushAesKey = "SimulatedKeyThatProtectsNothingForWxAuthDev";

    /// <summary>AppID of the app that requires bound accounts.</summary>
    public const string BindingAppId = "wx8d2f7a90b6c4e135";

    /// <summary>AppSecret of the app that requires bound accounts.</summary>
    public const string BindingAppSecret = "fedcba9876543210fedcba9876543210";
}
