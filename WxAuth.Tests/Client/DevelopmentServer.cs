namespace WxAuth.Tests.Client;

/// <summary>The server as <c>run.sh</c> starts it: the system's clock, the simulator within.</summary>
public class DevelopmentServer(TestCluster cluster) : WxAuthApp(cluster)
{
    /// <summary>Where it is, without a slash at its end.</summary>
    public string BaseUrl => Client.BaseAddress!.ToString().TrimEnd('/');

    protected override IEnumerable<KeyValuePair<string, string?>> Apps => [];

    protected override bool UsesFakeTime => false;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("Logging:LogLevel:Default", "Warning"),
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Warning"),
    ];
}

/// <summary>Access tokens that live for a minute, so that there is something to refresh, and no rate limit in the way of a storm.</summary>
public sealed class StormServer(TestCluster cluster) : DevelopmentServer(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        .. base.Configuration,
        new("Jwt:AccessTokenLifetime", "00:01:00"),
        new("RateLimits:RequestsPerMinutePerSession", "0"),
        new("RateLimits:FailedLoginsPerMinutePerIp", "0"),
    ];
}
