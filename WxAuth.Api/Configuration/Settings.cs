using System.Net;
using WxAuth.Api.Simulator;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure;
using WxAuth.Infrastructure.Tokens;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Api.Configuration;

/// <summary>The whole configuration, read and checked once before the host is built.</summary>
public sealed record Settings
{
    /// <inheritdoc cref="DatabaseSettings"/>
    public required DatabaseSettings Database { get; init; }

    /// <summary>WeChat's server and the mini-programs.</summary>
    public required WeChatOptions WeChat { get; init; }

    /// <summary>Access tokens.</summary>
    public required JwtOptions Jwt { get; init; }

    /// <summary>Lives of sessions and tokens.</summary>
    public required SessionPolicy Sessions { get; init; }

    /// <inheritdoc cref="DataProtectionSettings"/>
    public required DataProtectionSettings KeyRing { get; init; }

    /// <inheritdoc cref="RateLimitSettings"/>
    public required RateLimitSettings RateLimits { get; init; }

    /// <summary><c>Kestrel:Limits:MaxConcurrentConnections</c>: connections at once. Default 5000.</summary>
    public required int MaxConnections { get; init; }

    /// <inheritdoc cref="ForwardedHeadersSettings"/>
    public required ForwardedHeadersSettings ForwardedHeaders { get; init; }

    /// <summary>The business services that may introspect tokens: secret hash by id.</summary>
    public required IReadOnlyDictionary<string, byte[]> IntrospectionClients { get; init; }

    /// <summary>The menus' roots.</summary>
    public required IReadOnlyList<Menu> Menus { get; init; }

    /// <summary><c>Shutdown:Delay</c>: how long requests are still taken after SIGTERM. Default 5 s, in Development 0; 0 allowed.</summary>
    public required TimeSpan ShutdownDelay { get; init; }

    /// <summary><c>Swagger:Enabled</c>. Default: Development alone.</summary>
    public required bool Swagger { get; init; }

    /// <summary><c>Compatibility:TutorialRoutes</c>. Default: Development alone.</summary>
    public required bool TutorialRoutes { get; init; }

    /// <summary><c>Simulator:Enabled</c>: WeChat's server is simulated by this process. Development only; default: where no app is configured.</summary>
    public required bool Simulator { get; init; }

    /// <summary><c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; <c>null</c>: nothing is exported.</summary>
    public required Uri? OtlpEndpoint { get; init; }

    /// <summary>The configured mini-programs, as the rules see them.</summary>
    public MiniPrograms MiniPrograms => new(WeChat.Apps.Select(app => new MiniProgram(app.AppId, app.RequireBinding)
    {
        // The playground's second app must not take the README's first login its brevity.
        IsAside = Simulator && string.Equals(app.AppId, SimulatorDefaults.BindingAppId, StringComparison.Ordinal),
    }));
}

/// <summary>PostgreSQL.</summary>
/// <param name="ConnectionString"><c>ConnectionStrings:WxAuth</c>, for Npgsql; <c>null</c> in Development alone: a private cluster.</param>
/// <param name="MigrateOnStartup"><c>Database:MigrateOnStartup</c>. Default: Development alone.</param>
public sealed record DatabaseSettings(string? ConnectionString, bool MigrateOnStartup);

/// <summary>Limits of one node; 0 turns one off.</summary>
/// <param name="FailedLoginsPerMinutePerIp">Failed logins a minute and client address, those in flight included. Default 60.</param>
/// <param name="RequestsPerMinutePerSession">Requests a minute and session. Default 600.</param>
/// <param name="AvatarsPerHourPerUser">Uploads of a picture an hour and user. Default 10.</param>
/// <param name="ExportsPerHourPerUser">Exports of a user's data an hour and user. Default 5.</param>
public sealed record RateLimitSettings(
    int FailedLoginsPerMinutePerIp, int RequestsPerMinutePerSession, int AvatarsPerHourPerUser, int ExportsPerHourPerUser);

/// <summary>Whose <c>X-Forwarded-*</c> headers are believed. Default: nobody's.</summary>
/// <param name="KnownProxies">Addresses.</param>
/// <param name="KnownNetworks">Networks in CIDR notation.</param>
public sealed record ForwardedHeadersSettings(IReadOnlyList<IPAddress> KnownProxies, IReadOnlyList<IPNetwork> KnownNetworks);

/// <summary>An entry of the menus.</summary>
/// <param name="Key">Unique in the whole tree.</param>
/// <param name="Title">Shown to the user.</param>
/// <param name="Path">The mini-program's page; <c>null</c>: the entry only holds others.</param>
/// <param name="Icon">An icon's name or address.</param>
/// <param name="Roles">Who sees it; none: everybody.</param>
/// <param name="Children">Below it; hidden with it.</param>
public sealed record Menu(
    string Key, string Title, string? Path, string? Icon, IReadOnlyList<string> Roles, IReadOnlyList<Menu> Children);
