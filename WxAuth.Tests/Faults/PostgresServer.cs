using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Tests.Faults;

/// <summary>
/// A PostgreSQL server that a test may stop, kill, pause and copy. It commits as in production, but for the fsync: what a killed process
/// has written is in the system's memory all the same.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PostgresAccount _account;
    private readonly PostgresBinaries _binaries;
    private Process? _process;
    private int _databases;

    private PostgresServer(string folder, PostgresAccount account, PostgresBinaries binaries)
    {
        (_folder, _account, _binaries) = (folder, account, binaries);
        Port = FreePort();
    }

    public int Port { get; }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Makes a cluster and starts it.</summary>
    public static async Task<PostgresServer> CreateAsync(CancellationToken cancellationToken)
    {
        var server = await PrepareAsync(cancellationToken);
        await server.RunAsync(
            [server._binaries.InitDb, "-D", server.Data, "-U", "wxauth", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], cancellationToken);
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>Makes a streaming standby of this server and starts it.</summary>
    public async Task<PostgresServer> CreateStandbyAsync(string name, CancellationToken cancellationToken)
    {
        var standby = await PrepareAsync(cancellationToken);
        await standby.RunAsync(
            [
                Path.Combine(_binaries.Folder, "pg_basebackup"), "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
                "-d", $"host=127.0.0.1 port={Port} user=wxauth application_name={name}",
            ],
            cancellationToken);
        await standby.StartAsync(cancellationToken);
        return standby;
    }

    /// <summary>A free port of 127.0.0.1.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>How to connect to a database of the server.</summary>
    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=wxauth;Database={database}");

    /// <summary>Makes a database with the schema in it.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken, string? tablespace = null)
    {
        var name = $"wxauth_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}{(tablespace is null ? "" : $" TABLESPACE {tablespace}")}", cancellationToken);
        await MigrateVerb.RunAsync($"{ConnectionString(name)};Pooling=false", TextWriter.Null, cancellationToken);
        return name;
    }

    /// <summary>Starts the server and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string[] settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60", "fsync=off", "timezone=UTC", "hot_standby=on",
            "wal_receiver_status_interval=1", "log_error_verbosity=terse",
        ];
        _process = Process.Start(CommandRunner.Describe(
            "/bin/sh",
            [
                "-c", "cd /; log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Path.Combine(_folder, "postgres.log"), .. _account.Prefix,
                _binaries.Postgres, "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting }),
            ]))!;
        await Eventually.TrueAsync(() => AnswersAsync(cancellationToken), TimeSpan.FromSeconds(40), "PostgreSQL answers", cancellationToken);
    }

    /// <summary>Starts it unless it runs.</summary>
    public Task EnsureStartedAsync(CancellationToken cancellationToken) => _process is { HasExited: false } ? Task.CompletedTask : StartAsync(cancellationToken);

    /// <summary>Stops it as an operator does: fast shutdown.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Signals.SendAsync("INT", [_process!.Id]);
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Ends all its processes as a crash of the machine does.</summary>
    public async Task KillAsync()
    {
        await Signals.SendAsync("KILL", Processes());
        await _process!.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Stops its processes where they are; connections stay open and nobody answers.</summary>
    public Task PauseAsync() => Signals.SendAsync("STOP", Processes());

    /// <summary>Lets them go on.</summary>
    public Task ResumeAsync() => Signals.SendAsync("CONT", Processes());

    /// <summary>Makes a tablespace in a folder that is there.</summary>
    public async Task CreateTablespaceAsync(string name, string folder, CancellationToken cancellationToken)
    {
        await _account.TakeOverAsync(folder, cancellationToken);
        await ExecuteAsync("postgres", $"CREATE TABLESPACE {name} LOCATION '{folder}'", cancellationToken);
    }

    /// <summary>Runs SQL.</summary>
    public async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken) => await ScalarAsync(database, sql, cancellationToken);

    /// <summary>Runs SQL; the first column of the first row.</summary>
    public async Task<object?> ScalarAsync(string database, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString(database)};Pooling=false;Timeout=5");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>The end of the server's log.</summary>
    public string LogEnd()
    {
        var log = Path.Combine(_folder, "postgres.log");
        return File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(10)) : "";
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<PostgresServer> PrepareAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("wxauth-faults-").FullName;
        var account = await PostgresAccount.FindAsync(new ClusterFolder(folder), cancellationToken);
        await account.TakeOverAsync(folder, cancellationToken);
        return new PostgresServer(folder, account, await PostgresBinaries.FindAsync(null, null, cancellationToken));
    }

    private async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await CommandRunner.RunAsync(
            "/bin/sh", ["-c", "cd / && exec \"$@\"", "sh", .. _account.Prefix, .. command], cancellationToken);
        Assert.True(exitCode == 0, output);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        Assert.False(_process!.HasExited, $"PostgreSQL has ended: {LogEnd()}");
        try
        {
            await ExecuteAsync("postgres", "SELECT 1", cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false; // not yet: asked again
        }
    }

    private List<int> Processes() => [_process!.Id, .. Signals.ChildrenOf(_process.Id)];
}
