using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;
using WxAuth.Api.Configuration;

namespace WxAuth.Tests.Documents;

/// <summary>The keys of docs/configuration.md are those that the program reads: none is missing, none is made up.</summary>
public sealed partial class ConfigurationDocumentTests
{
    // Lists with an entry each, so that the keys of an entry are read too.
    private static readonly Dictionary<string, string?> Entries = new(StringComparer.OrdinalIgnoreCase)
    {
        ["WeChat:Apps:0:AppId"] = "wx1",
        ["DataProtection:PreviousCertificates:0:Path"] = "absent",
        ["ForwardedHeaders:KnownProxies:0"] = "10.0.0.1",
        ["ForwardedHeaders:KnownNetworks:0"] = "10.0.0.0/8",
        ["Introspection:Clients:0:Id"] = "shop",
        ["Menus:0:Key"] = "home",
        ["Menus:0:Roles:0"] = "staff",
        ["Menus:0:Children:0:Key"] = "orders",
    };

    private static readonly IReadOnlyCollection<string> Read = KeysRead();

    private readonly string _document = Repository.Read("docs/configuration.md");

    [Fact]
    public void Every_key_that_is_read_is_described() => Assert.All(Read, key => Assert.True(
        _document.Contains($"| `{key}` |", StringComparison.Ordinal) || _document.Contains($"| `{key}:N` |", StringComparison.Ordinal), key));

    [Fact]
    public void Every_key_that_is_described_is_read()
    {
        var described = Row().Matches(_document).Select(row => row.Groups["key"].Value).ToList();

        Assert.NotEmpty(described);
        Assert.All(described, key => Assert.Contains(key.EndsWith(":N", StringComparison.Ordinal) ? key[..^2] : key, Read));
    }

    private static HashSet<string> KeysRead()
    {
        var configuration = new Recorder(new ConfigurationBuilder().AddInMemoryCollection(Entries).Build());
        StartupConfiguration.Load(configuration, new Somewhere());
        return configuration.Keys
            .Select(key => Index().Replace(key, ":N"))
            .Select(key => key.StartsWith("Menus:N:Children:N:", StringComparison.Ordinal) ? $"Menus:N:{key["Menus:N:Children:N:".Length..]}" : key)
            .Select(key => key.EndsWith(":N", StringComparison.Ordinal) ? key[..^2] : key)
            .ToHashSet(StringComparer.Ordinal);
    }

    [GeneratedRegex(@":\d+(?=:|$)", RegexOptions.None, 1000)]
    private static partial Regex Index();

    [GeneratedRegex(@"^\| `(?<key>[A-Za-z_]+(:[A-Za-z]+)*|OTEL_[A-Z_]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    private sealed class Recorder(IConfiguration inner) : IConfiguration
    {
        public List<string> Keys { get; } = [];

        public string? this[string key]
        {
            get
            {
                Keys.Add(key);
                return inner[key];
            }

            set => inner[key] = value;
        }

        public IEnumerable<IConfigurationSection> GetChildren() => inner.GetChildren();

        public IChangeToken GetReloadToken() => inner.GetReloadToken();

        public IConfigurationSection GetSection(string key) => inner.GetSection(key);
    }

    private sealed class Somewhere : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
