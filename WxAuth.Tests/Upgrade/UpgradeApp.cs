using Microsoft.Extensions.DependencyInjection;
using WxAuth.Tests.Accounts;
using WxAuth.Tests.Configuration;
using WxAuth.Tests.Faults;

namespace WxAuth.Tests.Upgrade;

/// <summary>Which program a node runs.</summary>
public enum Release
{
    /// <summary>The one under test.</summary>
    This,

    /// <summary>The one that it replaces.</summary>
    Earlier,
}

/// <summary>
/// In the middle of a rolling upgrade: a node of this release and one of the release before, which is a process of its own in Production,
/// on one database that has this release's schema. Both run on the system's clock, with the same settings.
/// </summary>
public sealed class UpgradeApp(TestCluster cluster) : AccountsApp(cluster)
{
    private readonly CertificateFiles _certificates = new();
    private ApiProcess? _earlier;

    protected override bool UsesFakeTime => false;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        .. base.Configuration,
        new("DataProtection:CertificatePath", _certificates.PathOf("rsa.crt")),
        new("DataProtection:CertificateKeyPath", _certificates.PathOf("rsa.key")),
        new("RateLimits:RequestsPerMinutePerSession", "0"),
        new("Shutdown:Delay", "00:00:00"),
    ];

    public override async ValueTask InitializeAsync()
    {
        var program = EarlierRelease.ProgramAsync();
        await base.InitializeAsync();
        _earlier = await ApiProcess.StartAsync(SettingsOfEarlier(), await program);
        await _earlier.ReadyAsync();
    }

    /// <summary>A client of the node of that release, without credentials.</summary>
    public HttpClient NodeOf(Release release) => release is Release.This ? Client : _earlier!.Client;

    /// <summary>What both nodes logged of errors, for the message of a failed assertion.</summary>
    public string Errors()
    {
        var earlier = _earlier!.Output.Where(line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal));
        return string.Join('\n', earlier.Prepend(Logs.Errors()));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_earlier is not null)
        {
            await _earlier.DisposeAsync();
        }

        await base.DisposeAsync();
        _certificates.Dispose();
    }

    // The hasher of production: each release has to take the other's hashes.
    protected override void ConfigureServices(IServiceCollection services)
    {
    }

    private IEnumerable<KeyValuePair<string, string>> SettingsOfEarlier()
    {
        KeyValuePair<string, string?>[] settings =
        [
            new("ConnectionStrings:WxAuth", ConnectionString),
            new("WeChat:BaseUrl", WeChat.Address),
            new("Jwt:Issuer", "http://localhost:5080"),
            .. Apps,
            .. Configuration,
        ];
        return settings.Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value!));
    }
}
