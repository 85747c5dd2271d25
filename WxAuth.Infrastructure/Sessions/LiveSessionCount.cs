using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Telemetry;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>
/// Counts the live sessions of the whole database now and then, for the gauge <c>wxauth.sessions.live</c>. The first count, in the background of
/// the start, is the first use of EF Core: its model is there before the requests that need it.
/// </summary>
internal sealed partial class LiveSessionCount : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly IDbContextFactory<WxAuthDbContext> _contexts;
    private readonly Readiness _readiness;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<LiveSessionCount> _logger;
    private long _count = -1;

    public LiveSessionCount(
        IDbContextFactory<WxAuthDbContext> contexts, Readiness readiness, TimeProvider timeProvider, ILogger<LiveSessionCount> logger)
    {
        (_contexts, _readiness, _timeProvider, _logger) = (contexts, readiness, timeProvider, logger);
        WxAuthTelemetry.Meter.CreateObservableGauge("wxauth.sessions.live", Observe, "{session}", "Live sessions, counted every five minutes.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _readiness.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, _timeProvider);
        do
        {
            try
            {
                await using var db = await _contexts.CreateDbContextAsync(stoppingToken);
                var now = _timeProvider.GetUtcNow();
                Volatile.Write(ref _count, await db.Sessions.LongCountAsync(session => session.EndedAt == null && session.ExpiresAt > now, stoppingToken));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // No figure is better than an old one.
                Volatile.Write(ref _count, -1);
                if (!DatabaseFaults.IsUnavailable(e))
                {
                    Log.Broken(_logger, e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Observe() => Volatile.Read(ref _count) is >= 0 and var count ? [new Measurement<long>(count)] : [];

    private static partial class Log
    {
        [LoggerMessage(3501, LogLevel.Error, "Sessions could not be counted for a reason that nothing foresees; it is tried again later.")]
        public static partial void Broken(ILogger logger, Exception exception);
    }
}
