using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Infrastructure.Sessions;

/// <summary>
/// Listens for what other nodes did: ended sessions and new signing keys. After a lost connection the set is read again from the
/// table, from after the LISTEN on, so that nothing falls between.
/// </summary>
internal sealed partial class DatabaseNews(
    DatabaseOptions database,
    EndedSessions endedSessions,
    TokenKeys tokenKeys,
    Readiness readiness,
    IEndedSessionsFeed feed,
    TimeProvider timeProvider,
    ILogger<DatabaseNews> logger) : BackgroundService
{
    private const string SessionChannel = "wxauth_session_ended";
    private const string KeyChannel = "wxauth_signing_key";

    /// <summary>A silent connection is asked for a sign of life so often.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        if (readiness.KeysLoaded.IsCompleted)
        {
            // The database is there: the first request is not to find the set unread.
            await Task.WhenAny(readiness.Ready, Task.Delay(Heartbeat, timeProvider, cancellationToken));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.KeysLoaded.WaitAsync(stoppingToken);
        var retry = FirstRetry;
        var connected = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(
                    () =>
                    {
                        retry = FirstRetry;
                        connected = true;
                    },
                    stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: without the kill switch this node must soon refuse, but with it back it must serve again.
                if (!DatabaseFaults.IsUnavailable(e))
                {
                    Log.Failed(logger, e);
                }
                else if (connected)
                {
                    // Once for an outage, however often the connection is tried in it.
                    Log.Lost(logger, DatabaseFaults.NameOf(e));
                    connected = false;
                }
            }
            finally
            {
                endedSessions.LostTouch();
            }

            await Task.Delay(retry, timeProvider, stoppingToken);
            retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
        }
    }

    private async Task ListenAsync(Action connected, CancellationToken stoppingToken)
    {
        var keysChanged = false;
        var (unreadable, unreadableSaid) = (false, false);
        // Not a pooled one: it would go back to the pool with its LISTEN.
        var settings = new NpgsqlConnectionStringBuilder(WxAuthConnectionString.WithDefaults(database.ConnectionString)) { Pooling = false };
        settings.ApplicationName += " listen";
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(stoppingToken);
        connection.Notification += (_, notification) =>
        {
            if (string.Equals(notification.Channel, KeyChannel, StringComparison.Ordinal))
            {
                keysChanged = true;
            }
            else if (!TryAdd(notification.Payload))
            {
                unreadable = true;
            }
        };
        await ExecuteAsync(connection, $"LISTEN {SessionChannel}; LISTEN {KeyChannel}", stoppingToken);
        await ReadSetAsync(stoppingToken);
        await ReloadKeysAsync(stoppingToken);
        endedSessions.InTouch();
        readiness.SetEndedSessionsLoaded();
        connected();
        Log.Listening(logger);

        var clock = Clock();
        while (true)
        {
            if (!await connection.WaitAsync(Heartbeat, stoppingToken))
            {
                await ExecuteAsync(connection, "SELECT 1", stoppingToken);
            }

            endedSessions.InTouch();
            endedSessions.Sweep();
            if (unreadable && !unreadableSaid)
            {
                unreadableSaid = true;
                Log.Unreadable(logger);
            }

            // A clock that was set back makes tokens live again that looked too old to matter when the set was read.
            var clockNow = Clock();
            if (unreadable || clockNow < clock - SessionPolicy.ClockSkew)
            {
                unreadable = false;
                await ReadSetAsync(stoppingToken);
            }

            clock = clockNow;
            if (keysChanged)
            {
                keysChanged = false;
                await ReloadKeysAsync(stoppingToken);
            }
        }
    }

    private async Task ReloadKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tokenKeys.ReloadAsync(cancellationToken);
        }
        catch (CryptographicException e)
        {
            // A node with a newer certificate sealed a key that this one cannot open. Its ends are heard of all the same.
            Log.KeysNotOpened(logger, e.Message);
        }
    }

    private async Task ReadSetAsync(CancellationToken cancellationToken)
    {
        var page = await feed.ReadAsync(after: null, timeProvider.GetUtcNow(), cancellationToken);
        foreach (var session in page!.Sessions)
        {
            endedSessions.Add(session.SessionId, session.Reason, session.Until);
        }
    }

    // The time of day less the time that has passed: it stays the same until the clock is set.
    private TimeSpan Clock() => timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch - timeProvider.GetElapsedTime(0);

    /// <summary>
    /// Adds what the trigger session_ended tells: id, reason, and the end of the last access token in milliseconds. Another release may tell
    /// it otherwise: a session whose id can be read is refused, whatever else is there.
    /// </summary>
    /// <returns>Whether all of it could be read.</returns>
    private bool TryAdd(string payload)
    {
        var words = payload.Split(' ');
        if (!Guid.TryParse(words[0], out var sessionId))
        {
            return false;
        }

        var isWhole = long.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() && words.Length > 2;
        // Without the end of its tokens it is kept for the longest life of one; the table, which is read next, knows the end.
        endedSessions.Add(
            sessionId,
            EndReasons.Read(isWhole ? string.Join(' ', words[1..^1]) : ""),
            isWhole ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : timeProvider.GetUtcNow());
        return isWhole;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)Heartbeat.TotalSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3301, LogLevel.Warning, "The connection that hears of ended sessions was lost ({Fault}); it is opened again.")]
        public static partial void Lost(ILogger logger, string fault);

        [LoggerMessage(3302, LogLevel.Information, "Listening for ended sessions and new signing keys.")]
        public static partial void Listening(ILogger logger);

        [LoggerMessage(3303, LogLevel.Error, "Hearing of ended sessions failed; it is tried again.")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(3304, LogLevel.Error, "The signing keys could not be opened ({Fault}); those read before stay in use.")]
        public static partial void KeysNotOpened(ILogger logger, string fault);

        [LoggerMessage(3305, LogLevel.Error, "What is told of ended sessions cannot be read: by another release? The table is read instead.")]
        public static partial void Unreadable(ILogger logger);
    }
}
