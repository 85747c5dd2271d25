using Microsoft.Extensions.Logging;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// A PostgreSQL server of our own for development and tests: found, initialised, started and stopped without set-up. All
/// processes that name the same folder share one server, which ends with the last of them, however that one ends (see
/// <see cref="PostgresSupervisor"/>). The data stays in the folder. Not for production.
/// </summary>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    /// <summary>Longest wait for others that start or leave, and for a server that is being stopped.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ClusterFolder _folder;
    private readonly ServerConnection _server;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private FileStream? _lease;

    private PrivatePostgres(ClusterFolder folder, ServerConnection server, FileStream lease, ILogger logger, TimeProvider timeProvider)
    {
        _folder = folder;
        _server = server;
        _lease = lease;
        _logger = logger;
        _timeProvider = timeProvider;
        ConnectionString = server.For(ServerConnection.Database);
    }

    /// <summary>Leads to the database <c>wxauth</c>, which exists, as the server's superuser. Holds the password: not for logs.</summary>
    public string ConnectionString { get; }

    /// <summary>Leads to another database of the server (<c>postgres</c> always exists), as its superuser. Holds the password.</summary>
    public string ConnectionStringFor(string database) => _server.For(database);

    /// <summary>Starts the server of a folder, or joins the one that runs there, and waits until it answers.</summary>
    /// <param name="directory">As in <see cref="PrivatePostgresOptions"/>, whose defaults apply.</param>
    /// <param name="logger">Hears of starts, joins and stops; no password.</param>
    /// <param name="timeProvider">Paces the waiting; one whose time stands still waits for ever.</param>
    /// <param name="cancellationToken">Gives up the start; a server that was already on its way up stops again.</param>
    /// <exception cref="PrivatePostgresException">It cannot be started; the message says what to do.</exception>
    public static Task<PrivatePostgres> StartAsync(
        string directory, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        StartAsync(new PrivatePostgresOptions(directory), logger, timeProvider, cancellationToken);

    /// <inheritdoc cref="StartAsync(string, ILogger, TimeProvider, CancellationToken)"/>
    public static async Task<PrivatePostgres> StartAsync(
        PrivatePostgresOptions options, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PrivatePostgresException(
                "The private PostgreSQL needs Linux or macOS: set ConnectionStrings:WxAuth, or run under WSL.");
        }

        var folder = new ClusterFolder(options.Directory);
        try
        {
            folder.Create();
            using var start = await FolderLock.WaitAsync(
                () => FolderLock.TryExclusive(folder.StartLock), Patience, timeProvider, cancellationToken)
                ?? throw new PrivatePostgresException($"Another process has been starting PostgreSQL in {folder.Root} for too long: end it.");
            // Not to be had only while the supervisor stops the server: then a new one is started, once that is done.
            var lease = await FolderLock.WaitAsync(
                () => FolderLock.TryShared(folder.UsersLock), Patience, timeProvider, cancellationToken)
                ?? throw new PrivatePostgresException($"PostgreSQL in {folder.Root} has been stopping for too long: end it.");
            try
            {
                var server = await new ClusterStart(folder, options, logger, timeProvider).RunAsync(cancellationToken);
                return new PrivatePostgres(folder, server, lease, logger, timeProvider);
            }
            catch
            {
                await lease.DisposeAsync();
                throw;
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new PrivatePostgresException(
                $"The private database in {folder.Root} belongs to another user: run as that user, remove the folder, or set ConnectionStrings:WxAuth.",
                exception);
        }
    }

    /// <summary>Leaves the server. The last who leaves waits until it has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _lease, null) is not { } lease)
        {
            return;
        }

        // One leaves at a time, so that of two who leave together the second one knows that it is the last. Without this lock
        // (somebody starts, and so is a user) nothing is lost but the waiting.
        using var start = await FolderLock.WaitAsync(
            () => FolderLock.TryExclusive(_folder.StartLock), Patience, _timeProvider, CancellationToken.None);
        await lease.DisposeAsync();
        if (start is null || IsUsedByOthers())
        {
            Log.Left(_logger, _folder.Root);
            return;
        }

        if (!await FolderLock.WaitUntilFreeAsync(_folder.SupervisorLock, Patience, _timeProvider, CancellationToken.None))
        {
            Log.StillStopping(_logger, _folder.Root);
            return;
        }

        // The supervisor goes after its server, unless it was killed.
        await LeftoverServer.StopAsync(_folder, _timeProvider, CancellationToken.None);
        Log.Stopped(_logger, _folder.Root);
    }

    private bool IsUsedByOthers()
    {
        using var alone = FolderLock.TryExclusive(_folder.UsersLock);
        if (alone is not null)
        {
            return false;
        }

        // Held: by other users, or by the supervisor, which has it alone once there are none.
        using var shared = FolderLock.TryShared(_folder.UsersLock);
        return shared is not null;
    }

    private static partial class Log
    {
        [LoggerMessage(3910, LogLevel.Information, "Private PostgreSQL in {Folder} stopped; its data is kept.")]
        public static partial void Stopped(ILogger logger, string folder);

        [LoggerMessage(3911, LogLevel.Information, "Private PostgreSQL in {Folder} is left to its other users.")]
        public static partial void Left(ILogger logger, string folder);

        [LoggerMessage(3912, LogLevel.Warning, "Private PostgreSQL in {Folder} has not stopped yet.")]
        public static partial void StillStopping(ILogger logger, string folder);
    }
}
