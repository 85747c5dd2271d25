using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using WxAuth.Api.Configuration;

namespace WxAuth.Tests.Configuration;

public sealed class StartupConfigurationTests(CertificateFiles files) : IClassFixture<CertificateFiles>
{
    private readonly Dictionary<string, string?> _production = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ConnectionStrings:WxAuth"] = "Host=a,b;Database=wxauth;Target Session Attributes=primary",
        ["WeChat:Apps:0:AppId"] = "wx1",
        ["WeChat:Apps:0:AppSecret"] = "s3cr3t",
        ["Jwt:Issuer"] = "https://auth.example.com",
        ["DataProtection:CertificatePath"] = files.PathOf("rsa.crt"),
        ["DataProtection:CertificateKeyPath"] = files.PathOf("rsa.key"),
    };

    [Fact]
    public void Development_needs_nothing()
    {
        var (settings, faults) = Load(new(StringComparer.Ordinal), "Development");

        Assert.Empty(faults);
        Assert.Equal("http://localhost:5080", settings.Jwt.Issuer);
        Assert.Null(settings.Database.ConnectionString);
        Assert.Null(settings.KeyRing.Certificate);
        Assert.Equal(TimeSpan.Zero, settings.ShutdownDelay);
        Assert.True(settings is { Simulator: true, Swagger: true, TutorialRoutes: true, Database.MigrateOnStartup: true });
    }

    [Fact]
    public void Production_has_the_documented_defaults()
    {
        var (settings, faults) = Load(_production);

        Assert.Empty(faults);
        Assert.Equal("https://api.weixin.qq.com", settings.WeChat.BaseUrl);
        Assert.Equal((3, 8, 128), (settings.WeChat.AttemptTimeout.Seconds, settings.WeChat.TotalTimeout.Seconds, settings.WeChat.MaxConcurrentCalls));
        Assert.Equal(("wxauth", TimeSpan.FromDays(90)), (settings.Jwt.Audience, settings.Jwt.SigningKeyLifetime));
        Assert.Equal(new WxAuth.Domain.Sessions.SessionPolicy(), settings.Sessions);
        Assert.True(settings.KeyRing.Certificate?.HasPrivateKey);
        Assert.Equal(new RateLimitSettings(60, 600, 10, 5), settings.RateLimits);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.ShutdownDelay);
        Assert.False(settings.Simulator || settings.Swagger || settings.TutorialRoutes || settings.Database.MigrateOnStartup);
        Assert.Equal("wx1", settings.MiniPrograms.First?.AppId);
    }

    [Fact]
    public void Every_value_arrives()
    {
        var hash = new string('a', 64);
        var (settings, faults) = Load(With(
            "WeChat:Apps:1:AppId=wx2", "WeChat:Apps:1:AppSecret=x", "WeChat:Apps:1:RequireBinding=true", "WeChat:Apps:1:PushToken=t",
            $"WeChat:Apps:1:PushAesKey={new string('k', 43)}", "Jwt:AccessTokenLifetime=00:10:00", "Sessions:MaxPerUser=3",
            $"DataProtection:PreviousCertificates:0:Path={files.PathOf("rsa.crt")}", $"DataProtection:PreviousCertificates:0:KeyPath={files.PathOf("rsa.key")}",
            "ForwardedHeaders:KnownProxies:0=10.0.0.1", "ForwardedHeaders:KnownNetworks:0=10.0.0.0/8", "Introspection:Clients:0:Id=shop",
            $"Introspection:Clients:0:SecretHash={hash}", "Menus:0:key=home", "Menus:0:title=首页", "Menus:0:children:0:key=orders",
            "Menus:0:children:0:title=订单", "Menus:0:children:0:roles:0=shop-admin", "Shutdown:Delay=00:00:00", "RateLimits:RequestsPerMinutePerSession=0"));

        Assert.Empty(faults);
        Assert.True(settings.MiniPrograms.Find("wx2")?.RequireBinding);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.Sessions.AccessTokenLifetime);
        Assert.Equal(3, settings.Sessions.MaxPerUser);
        Assert.Single(settings.KeyRing.PreviousCertificates);
        Assert.Equal("10.0.0.1", settings.ForwardedHeaders.KnownProxies.Single().ToString());
        Assert.Equal(8, settings.ForwardedHeaders.KnownNetworks.Single().PrefixLength);
        Assert.Equal(32, settings.IntrospectionClients["shop"].Length);
        Assert.Equal("shop-admin", settings.Menus.Single().Children.Single().Roles.Single());
        Assert.Equal(TimeSpan.Zero, settings.ShutdownDelay);
        Assert.Equal(0, settings.RateLimits.RequestsPerMinutePerSession);
    }

    [Theory]
    [InlineData("ConnectionStrings:WxAuth", "ConnectionStrings:WxAuth=")]
    [InlineData("ConnectionStrings:WxAuth", "ConnectionStrings:WxAuth=hush")]
    [InlineData("ConnectionStrings:WxAuth", "ConnectionStrings:WxAuth=Host=a;Port=hush")]
    [InlineData("Database:MigrateOnStartup", "Database:MigrateOnStartup=hush")]
    [InlineData("WeChat:BaseUrl", "WeChat:BaseUrl=hush")]
    [InlineData("WeChat:BaseUrl", "WeChat:BaseUrl=ftp://hush")]
    [InlineData("WeChat:BaseUrl", "WeChat:BaseUrl=http://hush.example")]
    [InlineData("WeChat:BaseUrl", "WeChat:BaseUrl=http://localhost.hush.example")]
    [InlineData("WeChat:BaseUrl", "WeChat:BaseUrl=http://10.0.0.1/hush")]
    [InlineData("WeChat:AttemptTimeout", "WeChat:AttemptTimeout=3")]
    [InlineData("WeChat:AttemptTimeout", "WeChat:AttemptTimeout=00:00:00.5")]
    [InlineData("WeChat:TotalTimeout", "WeChat:TotalTimeout=00:00:02")]
    [InlineData("WeChat:MaxConcurrentCalls", "WeChat:MaxConcurrentCalls=0")]
    [InlineData("WeChat:Apps", "WeChat:Apps:0:AppId=", "WeChat:Apps:0:AppSecret=", "-WeChat:Apps:0:AppId", "-WeChat:Apps:0:AppSecret")]
    [InlineData("WeChat:Apps", "WeChat:Apps=hush", "-WeChat:Apps:0:AppId", "-WeChat:Apps:0:AppSecret")]
    [InlineData("WeChat:Apps:0:AppSecret", "WeChat:Apps:0:AppSecret= ")]
    [InlineData("WeChat:Apps:1:AppId", "WeChat:Apps:1:AppId=wx1", "WeChat:Apps:1:AppSecret=hush")]
    [InlineData("WeChat:Apps:0:RequireBinding", "WeChat:Apps:0:RequireBinding=1")]
    [InlineData("WeChat:Apps:0:PushAesKey", "WeChat:Apps:0:PushToken=hush", "WeChat:Apps:0:PushAesKey=hush")]
    [InlineData("WeChat:Apps:0:PushToken", "WeChat:Apps:0:PushAesKey=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=http://hush.example")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=https://hush.example/")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=https://hush.example?a=b")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=https://hush.example#a")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=https://me:hush@hush.example")]
    [InlineData("Jwt:Issuer", "Jwt:Issuer=hush")]
    [InlineData("Jwt:AccessTokenLifetime", "Jwt:AccessTokenLifetime=hush")]
    [InlineData("Jwt:SigningKeyLifetime", "Jwt:SigningKeyLifetime=10000000.00:00:00")]
    [InlineData("Sessions:AbsoluteLifetime", "Sessions:AbsoluteLifetime=1.00:00:00")]
    [InlineData("Sessions:ReuseGracePeriod", "Sessions:ReuseGracePeriod=00:00:00")]
    [InlineData("Sessions:MaxPerUser", "Sessions:MaxPerUser=0")]
    [InlineData("DataProtection:CertificatePath", "DataProtection:CertificatePath=")]
    [InlineData("DataProtection:CertificatePath", "DataProtection:CertificatePath=/hush/none.crt")]
    [InlineData("DataProtection:CertificatePath", "DataProtection:CertificatePath=~/junk.crt")]
    [InlineData("DataProtection:CertificatePath", "DataProtection:CertificatePath=~/ec.crt")]
    [InlineData("DataProtection:CertificateKeyPath", "DataProtection:CertificateKeyPath=")]
    [InlineData("DataProtection:CertificateKeyPath", "DataProtection:CertificateKeyPath=~/other.key")]
    [InlineData("DataProtection:CertificateKeyPath", "DataProtection:CertificateKeyPath=~/rsa.crt")]
    [InlineData("DataProtection:PreviousCertificates:0:KeyPath", "DataProtection:PreviousCertificates:0:Path=~/rsa.crt")]
    [InlineData("RateLimits:FailedLoginsPerMinutePerIp", "RateLimits:FailedLoginsPerMinutePerIp=-1")]
    [InlineData("RateLimits:AvatarsPerHourPerUser", "RateLimits:AvatarsPerHourPerUser=hush")]
    [InlineData("RateLimits:ExportsPerHourPerUser", "RateLimits:ExportsPerHourPerUser=1000001")]
    [InlineData("Kestrel:Limits:MaxConcurrentConnections", "Kestrel:Limits:MaxConcurrentConnections=0")]
    [InlineData("ForwardedHeaders:KnownProxies:0", "ForwardedHeaders:KnownProxies:0=hush")]
    [InlineData("ForwardedHeaders:KnownProxies", "ForwardedHeaders:KnownProxies=hush")]
    [InlineData("ForwardedHeaders:KnownNetworks:0", "ForwardedHeaders:KnownNetworks:0=10.0.0.0/99")]
    [InlineData("Introspection:Clients:0:SecretHash", "Introspection:Clients:0:Id=a", "Introspection:Clients:0:SecretHash=HUSH")]
    [InlineData("Introspection:Clients:0:SecretHash", "Introspection:Clients:0:Id=a")]
    [InlineData("Menus:0:Key", "Menus:0:title=hush")]
    [InlineData("Menus:0:Title", "Menus:0:key=hush")]
    [InlineData("Menus:0:Children:0:Key", "Menus:0:key=a", "Menus:0:title=a", "Menus:0:children:0:key=a", "Menus:0:children:0:title=b")]
    [InlineData("Menus:0:Roles:0", "Menus:0:key=a", "Menus:0:title=a", "Menus:0:roles:0=HUSH")]
    [InlineData("Shutdown:Delay", "Shutdown:Delay=-00:00:01")]
    [InlineData("Simulator:Enabled", "Simulator:Enabled=true")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT=hush")]
    public void A_fault_is_one_line_that_names_the_key_and_not_the_value(string key, params string[] changes)
    {
        var (_, faults) = Load(With(changes));

        var fault = Assert.Single(faults);
        Assert.StartsWith($"{key}: ", fault, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hush", fault, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(files.Folder.Name, fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault);
    }

    [Theory]
    [InlineData("https://api2.weixin.qq.com")]
    [InlineData("http://localhost:9000/simulator")]
    [InlineData("http://127.0.0.1:9000")]
    [InlineData("http://[::1]:9000")]
    public void WeChat_is_called_by_https_or_on_this_machine(string address)
    {
        var (settings, faults) = Load(With($"WeChat:BaseUrl={address}"));

        Assert.Empty(faults);
        Assert.Equal(address, settings.WeChat.BaseUrl);
    }

    [Fact]
    public void A_doubled_client_is_named()
    {
        var hash = new string('0', 64);
        var (_, faults) = Load(With(
            "Introspection:Clients:0:Id=a", $"Introspection:Clients:0:SecretHash={hash}",
            "Introspection:Clients:1:Id=a", $"Introspection:Clients:1:SecretHash={hash}"));

        Assert.StartsWith("Introspection:Clients:1:Id: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var loaded = StartupConfiguration.Load(new ConfigurationBuilder().Build(), new Environment("Production"));
        using var error = new StringWriter();

        var refuses = loaded.Refuses(error);

        Assert.True(refuses);
        Assert.Equal(
            [
                "WeChat:Apps", "Jwt:Issuer", "ConnectionStrings:WxAuth", "DataProtection:CertificatePath", "DataProtection:CertificateKeyPath",
            ],
            error.ToString().TrimEnd().Split(error.NewLine).Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]),
            StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000", "http://127.0.0.1:9000")]
    [InlineData("http://*:9000;http://other:1", "http://localhost:9000")]
    [InlineData("http://0.0.0.0:9000/", "http://localhost:9000")]
    [InlineData("http://[::]:9000", "http://localhost:9000")]
    public void In_development_the_issuer_is_the_first_listening_address(string urls, string issuer)
    {
        var (settings, faults) = Load(new(StringComparer.Ordinal) { ["urls"] = urls }, "Development");

        Assert.Empty(faults);
        Assert.Equal(issuer, settings.Jwt.Issuer);
    }

    [Fact]
    public void The_verbs_need_the_connection_string_alone()
    {
        var there = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:WxAuth", "Host=a")]).Build();

        Assert.Equal("Host=a", StartupConfiguration.LoadConnectionString(there, new Environment("Production")).Value);
        Assert.Empty(StartupConfiguration.LoadConnectionString(there, new Environment("Production")).Faults);
        Assert.Single(StartupConfiguration.LoadConnectionString(new ConfigurationBuilder().Build(), new Environment("Production")).Faults);
    }

    private static LoadedConfiguration<Settings> Load(Dictionary<string, string?> values, string environment = "Production") =>
        StartupConfiguration.Load(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), new Environment(environment));

    private Dictionary<string, string?> With(params string[] changes)
    {
        var values = new Dictionary<string, string?>(_production, StringComparer.OrdinalIgnoreCase);
        foreach (var change in changes)
        {
            if (change[0] == '-')
            {
                values.Remove(change[1..]);
            }
            else
            {
                var equals = change.IndexOf('=', StringComparison.Ordinal);
                values[change[..equals]] = change[(equals + 1)..].Replace("~", files.Folder.FullName, StringComparison.Ordinal);
            }
        }

        return values;
    }

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "WxAuth.Api";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
