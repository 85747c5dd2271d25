using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Infrastructure.Startup;

/// <summary>
/// Brings the process to where it can serve: schema, then keys. With the database there, that is before the first request is
/// taken; without it the process starts all the same, live but not ready, and tries on.
/// </summary>
internal sealed partial class StartupService(
    NpgsqlDataSource database,
    IDbContextFactory<WxAuthDbContext> contexts,
    TokenKeys tokenKeys,
    KeyRingCheck keyRing,
    Readiness readiness,
    DatabaseOptions options,
    IHostEnvironment environment,
    TimeProvider timeProvider,
    ILogger<StartupService> logger) : BackgroundService
{
    /// <summary>Longest wait before requests are taken; in Development, where nobody else would bring the database, a slow machine is waited for.</summary>
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstTryInDevelopment = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(environment.IsDevelopment() ? FirstTryInDevelopment : FirstTry, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await PrepareAsync(either.Token);
        }
        catch (Exception e) when (!environment.IsDevelopment() && !cancellationToken.IsCancellationRequested
            && (timeout.IsCancellationRequested || DatabaseFaults.IsUnavailableOrUnmigrated(e)))
        {
            Log.NotYet(logger, e.GetType().Name);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!readiness.KeysLoaded.IsCompleted)
        {
            await Task.Delay(Retry, timeProvider, stoppingToken);
            try
            {
                await PrepareAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFaults.IsUnavailableOrUnmigrated(e))
            {
                Log.NotYet(logger, e.GetType().Name);
            }
            catch (KeyRingException e)
            {
                // Only another configuration can help: this process stays as it is, live and not ready.
                Log.KeyRingNotOpened(logger, e.Message);
                return;
            }
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (options.MigrateOnStartup)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            // A migration takes what it takes; the limit of a request is not its own.
            db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
            await db.Database.MigrateAsync(cancellationToken);
        }

        if (await PendingMigrations.ReadAsync(database, cancellationToken) is { Count: > 0 } pending)
        {
            Log.MigrationsPending(logger, string.Join(", ", pending));
            return;
        }

        if (await keyRing.FindFaultAsync(cancellationToken) is { } fault)
        {
            throw new KeyRingException(fault);
        }

        await tokenKeys.ReloadAsync(cancellationToken);
        readiness.SetKeysLoaded();
    }

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Warning, "The database cannot be reached yet ({Fault}); this process is live but not ready.")]
        public static partial void NotYet(ILogger logger, string fault);

        [LoggerMessage(3402, LogLevel.Warning, "Migrations are pending ({Migrations}); run the migrate verb. This process is live but not ready.")]
        public static partial void MigrationsPending(ILogger logger, string migrations);

        [LoggerMessage(3403, LogLevel.Critical, "{Fault} This process is live but never ready.")]
        public static partial void KeyRingNotOpened(ILogger logger, string fault);
    }
}
