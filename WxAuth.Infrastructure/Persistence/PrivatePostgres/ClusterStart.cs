using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Brings the server of a folder up, or finds it running. The caller holds the folder's start and users locks.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class ClusterStart(
    ClusterFolder folder, PrivatePostgresOptions options, ILogger logger, TimeProvider timeProvider)
{
    /// <summary>Longest wait for a server to answer: recovery after a kill -9 replays what was not yet written.</summary>
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <exception cref="PrivatePostgresException">The server cannot be started.</exception>
    public async Task<ServerConnection> RunAsync(CancellationToken cancellationToken)
    {
        // More than one try: a port can be taken between its choice and its use, a server can end just when it is joined.
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var server = FolderLock.IsHeld(folder.SupervisorLock)
                ? await JoinAsync(cancellationToken)
                : await StartAsync(cancellationToken);
            if (server is not null)
            {
                await server.EnsureDatabaseAsync(cancellationToken);
                return server;
            }
        }

        throw Failed("PostgreSQL could not be started, not even at the fifth attempt");
    }

    private async Task<ServerConnection?> JoinAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(folder.Port) || ServerConnection.ReadPort(folder.Port) is not { } port)
        {
            throw Failed("A server runs, but nothing says on which port");
        }

        var server = new ServerConnection(port, await ReadPasswordAsync(cancellationToken));
        if (!await WaitUntilReadyAsync(server, () => !FolderLock.IsHeld(folder.SupervisorLock), cancellationToken))
        {
            return null;
        }

        Log.Joined(logger, folder.Root, port);
        return server;
    }

    private async Task<ServerConnection?> StartAsync(CancellationToken cancellationToken)
    {
        if (await LeftoverServer.StopAsync(folder, timeProvider, cancellationToken))
        {
            Log.LeftoverStopped(logger, folder.Root);
        }

        var account = await PostgresAccount.FindAsync(folder, cancellationToken);
        var isNew = !Directory.Exists(folder.Cluster);
        var binaries = await PostgresBinaries.FindAsync(
            options.BinaryFolders, isNew ? null : await ReadMajorAsync(cancellationToken), cancellationToken);
        if (isNew)
        {
            await InitialiseAsync(binaries, account, cancellationToken);
        }
        else
        {
            await account.TakeOverAsync(folder.Cluster, cancellationToken);
        }

        var server = new ServerConnection(ServerConnection.ChoosePort(folder.Port), await ReadPasswordAsync(cancellationToken));
        await File.WriteAllTextAsync(folder.Port, server.Port.ToString(CultureInfo.InvariantCulture), cancellationToken);
        if (File.Exists(folder.Log))
        {
            File.Move(folder.Log, folder.Log + ".old", overwrite: true);
        }

        using var supervisor = PostgresSupervisor.Start(folder, [.. account.Prefix, .. ServerCommand(binaries, account, server.Port)]);
        if (await WaitUntilReadyAsync(server, () => supervisor.HasExited, cancellationToken))
        {
            Log.Started(logger, binaries.Major, folder.Root, server.Port);
            return server;
        }

        // Ended for a reason that goes away: another supervisor was faster, or another program took the port.
        return FolderLock.IsHeld(folder.SupervisorLock) || !ServerConnection.IsFree(server.Port)
            ? null
            : throw Failed("PostgreSQL ended as soon as it was started");
    }

    private async Task InitialiseAsync(PostgresBinaries binaries, PostgresAccount account, CancellationToken cancellationToken)
    {
        folder.CreateUnfinished();
        var password = Path.Combine(folder.Unfinished, ClusterFolder.PasswordName);
        await using (var file = new FileStream(password, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            await file.WriteAsync(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(48, lowercase: true)), cancellationToken);
            file.Flush(flushToDisk: true);
        }

        await account.TakeOverAsync(folder.Unfinished, cancellationToken);
        var (exitCode, output) = await PostgresSupervisor.RunInitDbAsync(
            folder,
            [
                .. account.Prefix,
                binaries.InitDb,
                $"--pgdata={account.PathIn(folder.Unfinished, ClusterFolder.DataName)}",
                $"--pwfile={account.PathIn(folder.Unfinished, ClusterFolder.PasswordName)}",
                $"--username={ServerConnection.Role}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                .. options.Durable ? Array.Empty<string>() : ["--no-sync"],
            ],
            cancellationToken);
        if (exitCode != 0)
        {
            throw new PrivatePostgresException($"initdb of {binaries.Folder} failed in {folder.Root}.\n{output}");
        }

        Directory.Move(folder.Unfinished, folder.Cluster);
        Log.Initialised(logger, binaries.Major, folder.Root);
    }

    private IEnumerable<string> ServerCommand(PostgresBinaries binaries, PostgresAccount account, int port)
    {
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            // A socket's path may have 107 bytes at most, and a project's folder more: there is none.
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            "wal_level=replica",
            // DETAIL lines quote rows ("Key (open_id)=(...) already exists"): personal data does not belong in a log.
            "log_error_verbosity=terse",
            .. options.Durable ? Array.Empty<string>() : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        ];
        return
        [
            binaries.Postgres,
            "-D", account.PathIn(folder.Cluster, ClusterFolder.DataName),
            "-p", port.ToString(CultureInfo.InvariantCulture),
            .. settings.SelectMany(setting => new[] { "-c", setting }),
        ];
    }

    /// <returns><c>false</c> where the server ended instead.</returns>
    private async Task<bool> WaitUntilReadyAsync(ServerConnection server, Func<bool> hasEnded, CancellationToken cancellationToken)
    {
        var start = timeProvider.GetTimestamp();
        NpgsqlException? failure;
        do
        {
            if (hasEnded())
            {
                return false;
            }

            await Task.Delay(Pause, timeProvider, cancellationToken);
            failure = await server.PingAsync(cancellationToken);
            if (failure is null)
            {
                return true;
            }
        }
        while (timeProvider.GetElapsedTime(start) < ReadyLimit);

        throw Failed($"PostgreSQL gave no answer on port {server.Port} for {ReadyLimit.TotalSeconds} s", failure);
    }

    private async Task<string> ReadPasswordAsync(CancellationToken cancellationToken) =>
        File.Exists(folder.Password)
            ? await File.ReadAllTextAsync(folder.Password, cancellationToken)
            : throw new PrivatePostgresException($"The private database has lost its password file {folder.Password}: remove {folder.Cluster} to begin anew.");

    private async Task<int> ReadMajorAsync(CancellationToken cancellationToken) =>
        File.Exists(folder.Version)
        && int.TryParse((await File.ReadAllTextAsync(folder.Version, cancellationToken)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major
            : throw new PrivatePostgresException($"{folder.Cluster} holds no PostgreSQL data: remove it to begin anew.");

    private PrivatePostgresException Failed(string what, Exception? innerException = null) =>
        new($"{what} (folder {folder.Root}).\n{folder.ReadLogEnd(10)}", innerException);

    private static partial class Log
    {
        [LoggerMessage(3900, LogLevel.Information, "Private PostgreSQL {Major} started in {Folder}, port {Port}.")]
        public static partial void Started(ILogger logger, int major, string folder, int port);

        [LoggerMessage(3901, LogLevel.Information, "Private PostgreSQL in {Folder} was running already, joined on port {Port}.")]
        public static partial void Joined(ILogger logger, string folder, int port);

        [LoggerMessage(3902, LogLevel.Information, "Private PostgreSQL {Major} initialised in {Folder}.")]
        public static partial void Initialised(ILogger logger, int major, string folder);

        [LoggerMessage(3903, LogLevel.Warning, "What was left of an earlier PostgreSQL server in {Folder} was stopped.")]
        public static partial void LeftoverStopped(ILogger logger, string folder);
    }
}
