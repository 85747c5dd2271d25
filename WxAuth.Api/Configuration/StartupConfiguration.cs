using WxAuth.Api.Hosting;

namespace WxAuth.Api.Configuration;

/// <summary>The configuration of section "Configuration" in the README: read once, every fault at once.</summary>
public static class StartupConfiguration
{
    /// <summary>Where Development listens unless told otherwise.</summary>
    public const string DevelopmentAddress = "http://localhost:5080";

    /// <summary>Reads everything.</summary>
    public static LoadedConfiguration<Settings> Load(IConfiguration configuration, IHostEnvironment environment)
    {
        var reader = new ConfigurationReader(configuration);
        var development = environment.IsDevelopment();
        var weChat = WeChatSection.Read(reader);
        var simulator = ReadSimulator(reader, development, weChat.Apps.Count > 0);
        if (weChat.Apps.Count == 0 && !simulator && reader.Text(WeChatSection.Apps) is null)
        {
            reader.Fault(WeChatSection.Apps, "is empty; set AppId and AppSecret of at least one mini-program under WeChat:Apps:0.");
        }

        var jwt = TokenSections.ReadJwt(reader, development);
        var settings = new Settings
        {
            Database = new(DatabaseSection.ReadConnectionString(reader, development), reader.Flag("Database:MigrateOnStartup", development)),
            WeChat = weChat,
            Jwt = jwt,
            Sessions = TokenSections.ReadSessions(reader, jwt),
            KeyRing = KeyRingSection.Read(reader, development),
            RateLimits = new(
                reader.Number("RateLimits:FailedLoginsPerMinutePerIp", 60, 0, 1_000_000),
                reader.Number("RateLimits:RequestsPerMinutePerSession", 600, 0, 1_000_000),
                reader.Number("RateLimits:AvatarsPerHourPerUser", 10, 0, 1_000_000),
                reader.Number("RateLimits:ExportsPerHourPerUser", 5, 0, 1_000_000)),
            MaxConnections = reader.Number("Kestrel:Limits:MaxConcurrentConnections", KestrelLimits.DefaultConnections, 1, 1_000_000),
            ForwardedHeaders = NetworkSections.ReadForwardedHeaders(reader),
            IntrospectionClients = NetworkSections.ReadIntrospectionClients(reader),
            Menus = MenuSection.Read(reader),
            ShutdownDelay = reader.Duration("Shutdown:Delay", development ? TimeSpan.Zero : TimeSpan.FromSeconds(5), zeroAllowed: true),
            Swagger = reader.Flag("Swagger:Enabled", development),
            TutorialRoutes = reader.Flag("Compatibility:TutorialRoutes", development),
            Simulator = simulator,
            OtlpEndpoint = reader.Address("OTEL_EXPORTER_OTLP_ENDPOINT"),
        };
        return new(settings, reader.Faults);
    }

    /// <summary>Reads what the verbs <c>migrate</c> and <c>create-account</c> need: the connection string alone; <c>null</c> in Development alone.</summary>
    public static LoadedConfiguration<string?> LoadConnectionString(IConfiguration configuration, IHostEnvironment environment)
    {
        var reader = new ConfigurationReader(configuration);
        return new(DatabaseSection.ReadConnectionString(reader, environment.IsDevelopment()), reader.Faults);
    }

    private static bool ReadSimulator(ConfigurationReader reader, bool development, bool hasApps)
    {
        const string key = "Simulator:Enabled";
        var enabled = reader.Flag(key, development && !hasApps);
        if (enabled && !development)
        {
            reader.Fault(key, "is true outside Development, where it would let anybody in; remove it.");
        }

        return enabled;
    }
}

/// <summary>What was read, and what is wrong with it.</summary>
/// <param name="Value">Good for use only where there are no faults.</param>
/// <param name="Faults">One line each.</param>
public sealed record LoadedConfiguration<T>(T Value, IReadOnlyList<string> Faults)
{
    /// <summary>Writes the faults, one line each; <c>true</c> where there is one and the process must end with exit code 1.</summary>
    public bool Refuses(TextWriter error)
    {
        foreach (var fault in Faults)
        {
            error.WriteLine(fault);
        }

        return Faults.Count > 0;
    }
}
