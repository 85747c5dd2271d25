using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using WxAuth.Domain.Telemetry;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>
/// Counts the live sessions of the whole database now and then, for the gauge <c>wxauth.sessions.live</c>. The first count, in the background of
/// the start, is the first use of EF Core: its model is there before the requests that need it.
/// </summary>
internal sealed class LiveSessionCount : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly IDbContextFactory<WxAuthDbContext> _contexts;
    private readonly Readiness _readiness;
    private readonly TimeProvider _timeProvider;
    private long _count = -1;

    public LiveSessionCount(IDbContextFactory<WxAuthDbContext> contexts, Readiness readiness, TimeProvider timeProvider)
    {
        (_contexts, _readiness, _timeProvider) = (contexts, readiness, timeProvider);
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
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFaults.IsUnavailable(e))
            {
                // No figure is better than an old one.
                Volatile.Write(ref _count, -1);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Observe() => Volatile.Read(ref _count) is >= 0 and var count ? [new Measurement<long>(count)] : [];
}
