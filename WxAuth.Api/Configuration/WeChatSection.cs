using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Api.Configuration;

/// <summary><c>WeChat</c>.</summary>
internal static class WeChatSection
{
    public const string Apps = WeChatOptions.Section + ":Apps";

    public static WeChatOptions Read(ConfigurationReader reader)
    {
        var options = new WeChatOptions();
        options.BaseUrl = ReadBaseUrl(reader) ?? options.BaseUrl;
        options.AttemptTimeout = reader.Duration("WeChat:AttemptTimeout", options.AttemptTimeout);
        options.TotalTimeout = reader.Duration("WeChat:TotalTimeout", options.TotalTimeout);
        options.MaxConcurrentCalls = reader.Number("WeChat:MaxConcurrentCalls", options.MaxConcurrentCalls, 1, 100_000);
        if (options.TotalTimeout < options.AttemptTimeout)
        {
            reader.Fault("WeChat:TotalTimeout", "is shorter than WeChat:AttemptTimeout; lengthen it or shorten the other.");
        }

        var keys = reader.Entries(Apps);
        options.Apps = [.. keys.Select(key => ReadApp(reader, key))];
        reader.RefuseDoubled(keys.Zip(options.Apps, (key, app) => ($"{key}:AppId", app.AppId)));
        return options;
    }

    private static string? ReadBaseUrl(ConfigurationReader reader)
    {
        const string key = "WeChat:BaseUrl";
        var address = reader.Address(key);
        if (address is { IsLoopback: false } && address.Scheme != Uri.UriSchemeHttps)
        {
            reader.Fault(key, "is http, over which the AppSecret would go in clear; write an https address (http on loopback alone).");
        }

        return address?.OriginalString;
    }

    private static WeChatAppOptions ReadApp(ConfigurationReader reader, string key)
    {
        var app = new WeChatAppOptions
        {
            AppId = reader.Required($"{key}:AppId", "the mini-program's AppID"),
            AppSecret = reader.Required($"{key}:AppSecret", "the mini-program's AppSecret, best in the environment"),
            Name = reader.Text($"{key}:Name"),
            RequireBinding = reader.Flag($"{key}:RequireBinding", false),
            PushToken = reader.Text($"{key}:PushToken"),
            PushAesKey = reader.Text($"{key}:PushAesKey"),
        };

        // The EncodingAESKey is 32 bytes in base64 without the padding.
        if (app.PushAesKey is { } aesKey && (aesKey.Length != 43 || !aesKey.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '+' or '/')))
        {
            reader.Fault($"{key}:PushAesKey", "is no EncodingAESKey; copy the 43 letters and digits from WeChat's console.");
        }

        if (app.PushAesKey is not null && app.PushToken is null)
        {
            reader.Fault($"{key}:PushToken", "is missing beside PushAesKey; set the Token of the message push.");
        }

        return app;
    }
}
