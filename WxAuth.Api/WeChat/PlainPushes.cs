using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Api.WeChat;

/// <summary>Message pushes in plain mode: nothing but the address is signed, and the body is anybody's who has seen one address.</summary>
internal static partial class PlainPushes
{
    /// <summary>Says at start which apps take them.</summary>
    public static void WarnOfPlainPushes(this WebApplication app, WeChatOptions options)
    {
        foreach (var plain in options.Apps.Where(plain => !string.IsNullOrEmpty(plain.PushToken) && string.IsNullOrEmpty(plain.PushAesKey)))
        {
            Log.Plain(app.Logger, plain.AppId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1010, LogLevel.Warning,
            "{AppId} takes message pushes whose content nobody signs. Choose the secure mode in WeChat's console and set PushAesKey.")]
        public static partial void Plain(ILogger logger, string appId);
    }
}
