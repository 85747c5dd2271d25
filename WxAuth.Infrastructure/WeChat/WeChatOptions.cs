namespace WxAuth.Infrastructure.WeChat;

/// <summary>How WeChat's server is called, and for which mini-programs.</summary>
public sealed class WeChatOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "WeChat";

    /// <summary>
    /// Where WeChat's server is; an absolute https address (http on loopback alone), with or without a path. The paths of WeChat's API are
    /// appended to it.
    /// </summary>
    public string BaseUrl { get; set; } = "https://api.weixin.qq.com";

    /// <summary>Longest wait for the answer to one try; the default is 3 seconds.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for one operation with its queueing, its retries and the access token that it may need; not less than <see cref="AttemptTimeout"/>, by default 8 seconds.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How many calls to WeChat may be under way at once; the default is 128. As many again may wait for their turn.</summary>
    public int MaxConcurrentCalls { get; set; } = 128;

    /// <summary>The mini-programs, each under an AppID of its own.</summary>
    public IList<WeChatAppOptions> Apps { get; set; } = [];
}

/// <summary>One mini-program.</summary>
public sealed class WeChatAppOptions
{
    /// <summary>The AppID, from WeChat's console.</summary>
    public string AppId { get; set; } = "";

    /// <summary>The AppSecret. It belongs into the environment or a secret store.</summary>
    public string AppSecret { get; set; } = "";

    /// <summary>A name for people; optional.</summary>
    public string? Name { get; set; }

    /// <summary>Whether only users that are bound to a platform account may log in.</summary>
    public bool RequireBinding { get; set; }

    /// <summary>The Token of the message push; without it the app takes no pushes.</summary>
    public string? PushToken { get; set; }

    /// <summary>The EncodingAESKey of the message push, 43 characters; with it, only encrypted pushes count.</summary>
    public string? PushAesKey { get; set; }
}
