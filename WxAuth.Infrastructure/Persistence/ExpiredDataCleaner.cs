using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Deletes what is past its age: audit events after 180 days, sessions as late as the audit event that they stand for, and 30 days after
/// their end at the earliest, identities without a user after a day, pushes after a day, counts of wrong passwords once they lock nothing.
/// In small batches, so that no lock lasts, and on one node at a time: whoever holds the advisory lock.
/// </summary>
internal sealed partial class ExpiredDataCleaner(
    NpgsqlDataSource dataSource,
    IDbContextFactory<WxAuthDbContext> contexts,
    Readiness readiness,
    TimeProvider timeProvider,
    ILogger<ExpiredDataCleaner> logger) : BackgroundService
{
    /// <summary>A session is kept for so long after its end, so that a phone that comes late is told why.</summary>
    public static readonly TimeSpan SessionRetention = TimeSpan.FromDays(30);

    /// <summary>Age of the oldest audit event, and of the oldest login whose record is its session.</summary>
    public static readonly TimeSpan AuditRetention = TimeSpan.FromDays(180);

    /// <summary>
    /// An identity that leads to nobody, and its session_keys, are kept for so long after WeChat last gave a key or its last ticket ended.
    /// </summary>
    public static readonly TimeSpan UnboundIdentityRetention = TimeSpan.FromDays(1);

    private const int BatchSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>Deletes everything that is due, unless another node is at it.</summary>
    /// <returns>How many rows were deleted; <c>null</c> where another node is at it.</returns>
    public async Task<int?> RunAsync(CancellationToken cancellationToken)
    {
        // The lock is the connection's: it is free again as soon as this node is done, or dead.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await LockAsync(connection, "pg_try_advisory_lock", cancellationToken))
        {
            return null;
        }

        try
        {
            var now = timeProvider.GetUtcNow();
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            // Ids of audit events and sessions are UUIDv7: older than this one is older than the time in it.
            var oldestAuditId = Guid.CreateVersion7(now - AuditRetention);
            return await DeleteSessionsAsync(db, oldestAuditId, now - SessionRetention, cancellationToken)
                + await DeleteInBatchesAsync(db, $"""
                    DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE id < {oldestAuditId} ORDER BY id LIMIT {BatchSize})
                    """, cancellationToken)
                + await DeleteInBatchesAsync(db, $"""
                    DELETE FROM push_messages WHERE key_hash IN (
                        SELECT key_hash FROM push_messages WHERE received_at < {now - PushReceipt.Memory} ORDER BY received_at LIMIT {BatchSize})
                    """, cancellationToken)
                // A login that is just taking one up is left alone; one that has read it already finds it gone, and starts again.
                + await DeleteInBatchesAsync(db, $"""
                    DELETE FROM wechat_identities WHERE (app_id, open_id) IN (
                        SELECT app_id, open_id FROM wechat_identities
                        WHERE user_id IS NULL AND greatest(session_key_at, binding_ticket_expires_at) < {now - UnboundIdentityRetention}
                        LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)
                    """, cancellationToken)
                // What a login is just counting is left for the next time.
                + await DeleteInBatchesAsync(db, $"""
                    DELETE FROM password_failures WHERE key IN (
                        SELECT key FROM password_failures WHERE expires_at <= {now} ORDER BY expires_at LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)
                    """, cancellationToken);
        }
        finally
        {
            await LockAsync(connection, "pg_advisory_unlock", CancellationToken.None);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await RunAsync(stoppingToken) is > 0 and var deleted)
                {
                    Log.Deleted(logger, deleted);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFaults.IsUnavailable(e))
            {
                Log.Failed(logger, e.GetType().Name);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A bug; but a node that can serve goes on serving.
                Log.Broken(logger, e);
            }
        }
    }

    // Sessions are walked by their key: an index on their end would make every refresh pay for it.
    private static async Task<int> DeleteSessionsAsync(
        WxAuthDbContext db, Guid oldestId, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var deleted = 0;
        Guid? last = Guid.Empty;
        while (last is { } after)
        {
            var batch = await db.Database.SqlQuery<Batch>($"""
                WITH batch AS (SELECT id FROM sessions WHERE id > {after} AND id < {oldestId} ORDER BY id LIMIT {BatchSize}),
                gone AS (
                    DELETE FROM sessions s USING batch b
                    WHERE s.id = b.id AND (s.ended_at < {before} OR s.expires_at < {before}) RETURNING s.id)
                SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS "Last", (SELECT count(*)::int FROM gone) AS "Deleted"
                """).ToListAsync(cancellationToken);
            deleted += batch[0].Deleted;
            last = batch[0].Last;
        }

        return deleted;
    }

    private static async Task<int> DeleteInBatchesAsync(WxAuthDbContext db, FormattableString sql, CancellationToken cancellationToken)
    {
        var deleted = 0;
        int batch;
        do
        {
            batch = await db.Database.ExecuteSqlAsync(sql, cancellationToken);
            deleted += batch;
        }
        while (batch == BatchSize);

        return deleted;
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, string function, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {function}(hashtextextended('wxauth cleaner', 0))", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private sealed class Batch
    {
        public Guid? Last { get; init; }

        public int Deleted { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(3601, LogLevel.Information, "{Count} rows past their age were deleted.")]
        public static partial void Deleted(ILogger logger, int count);

        [LoggerMessage(3602, LogLevel.Warning, "Old rows could not be deleted ({Fault}); this is tried again later.")]
        public static partial void Failed(ILogger logger, string fault);

        [LoggerMessage(3603, LogLevel.Error, "Old rows could not be deleted for a reason that nothing foresees; it is tried again later.")]
        public static partial void Broken(ILogger logger, Exception exception);
    }
}
