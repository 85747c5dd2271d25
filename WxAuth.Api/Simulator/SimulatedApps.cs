using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace WxAuth.Api.Simulator;

/// <summary>The apps and the Open Platform accounts that they are bound to at the moment.</summary>
internal sealed class SimulatedApps
{
    private readonly FrozenDictionary<string, SimulatedApp> _apps;
    private readonly ConcurrentDictionary<string, string?> _rebound = new(StringComparer.Ordinal);

    public SimulatedApps(IOptions<WeChatSimulatorOptions> options)
    {
        SimulatedApp[] apps = options.Value.Apps is { Count: > 0 } configured
            ? [.. configured]
            : [new SimulatedApp(SimulatorDefaults.AppId, SimulatorDefaults.AppSecret, SimulatorDefaults.PushToken, SimulatorDefaults.PushAesKey)];

        if (apps.GroupBy(app => app.AppId, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } doubled)
        {
            throw new InvalidOperationException($"The WeChat simulator has two apps of the AppID {doubled.Key}.");
        }

        Default = apps[0];
        _apps = apps.ToFrozenDictionary(app => app.AppId, StringComparer.Ordinal);
    }

    public SimulatedApp Default { get; }

    public int Count => _apps.Count;

    public SimulatedApp? Find(string appId) => _apps.GetValueOrDefault(appId);

    /// <summary>The app of that AppID, or the default one where none is named; <c>null</c>: unknown.</summary>
    public SimulatedApp? FindOrDefault(string? appId) => string.IsNullOrEmpty(appId) ? Default : Find(appId);

    /// <summary>The user's unionid as that app is told it now; <c>null</c> while the app is bound to no Open Platform account.</summary>
    public string? UnionIdOf(SimulatedApp app, string user)
    {
        var openPlatform = _rebound.TryGetValue(app.AppId, out var now) ? now : app.OpenPlatform;
        return openPlatform is null ? null : SimulatedIdentity.UnionId(openPlatform, user);
    }

    public void Rebind(SimulatedApp app, string? openPlatform) => _rebound[app.AppId] = openPlatform;

    public void RestoreBindings() => _rebound.Clear();
}
