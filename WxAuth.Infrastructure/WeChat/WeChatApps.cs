using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>The configured mini-programs by their AppID.</summary>
internal sealed class WeChatApps(IOptions<WeChatOptions> options)
{
    private readonly FrozenDictionary<string, WeChatAppOptions> _byAppId =
        options.Value.Apps.ToFrozenDictionary(app => app.AppId, StringComparer.Ordinal);

    /// <returns>The app, or <c>null</c> where none of that AppID is configured.</returns>
    public WeChatAppOptions? Find(string appId) => _byAppId.GetValueOrDefault(appId);

    /// <exception cref="ArgumentException">No app of that AppID is configured: the caller should have asked first.</exception>
    public WeChatAppOptions Get(string appId) =>
        Find(appId) ?? throw new ArgumentException($"No mini-program '{appId}' is configured.", nameof(appId));
}
