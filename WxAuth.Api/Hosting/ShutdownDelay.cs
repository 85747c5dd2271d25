using WxAuth.Api.Configuration;

namespace WxAuth.Api.Hosting;

/// <summary>
/// Between the request to stop and the end of taking requests lies <c>Shutdown:Delay</c>: readiness says 503 meanwhile, so that a load
/// balancer has sent the last request here by then.
/// </summary>
internal sealed class ShutdownDelay(Settings settings, TimeProvider timeProvider) : IHostedLifecycleService
{
    /// <summary>
    /// From the request to stop to the end of the last request, the delay included. Kubernetes and many another kill after 30 s: two are left
    /// for closing what remains (connections, the last telemetry, the database's pool).
    /// </summary>
    private static readonly TimeSpan Stop = TimeSpan.FromSeconds(28);

    /// <summary>Requests in flight get so long at least, however long the delay is set: more than WeChat's total time (8 s).</summary>
    private static readonly TimeSpan LeastDrain = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop may take, until what still runs is cut off: 28 s, and more only where the delay is over 18 s.</summary>
    /// <param name="delay"><c>Shutdown:Delay</c>.</param>
    public static TimeSpan TimeoutOf(TimeSpan delay) => delay + LeastDrain > Stop ? delay + LeastDrain : Stop;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(settings.ShutdownDelay, timeProvider, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
