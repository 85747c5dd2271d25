using WxAuth.Api.Configuration;

namespace WxAuth.Api.Hosting;

/// <summary>
/// Between the request to stop and the end of taking requests lies <c>Shutdown:Delay</c>: readiness says 503 meanwhile, so that a load
/// balancer has sent the last request here by then.
/// </summary>
internal sealed class ShutdownDelay(Settings settings, TimeProvider timeProvider) : IHostedLifecycleService
{
    /// <summary>Requests in flight get so long after it.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(settings.ShutdownDelay, timeProvider, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
