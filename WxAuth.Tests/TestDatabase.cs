using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;
using WxAuth.Tests;

[assembly: AssemblyFixture(typeof(TestCluster))]

namespace WxAuth.Tests;

/// <summary>
/// The PostgreSQL of a test run: the program's own private cluster in a folder of its own, or the server that
/// WXAUTH_TEST_POSTGRES names (an Npgsql connection string of a role that may create databases).
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    private const string Template = "wxauth_template";
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"wxauth-tests-{Environment.ProcessId}");
    private PrivatePostgres? _postgres;
    private string _connectionString = "";
    private int _databases;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("WXAUTH_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _connectionString = given;
        }
        else
        {
            _postgres = await PrivatePostgres.StartAsync(
                new PrivatePostgresOptions(_folder) { Durable = false }, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
            _connectionString = _postgres.ConnectionString;
        }

        await DropAsync(Template);
        await CreateAsync(Template, "template1");
        await MigrateVerb.RunAsync(For(Template), TextWriter.Null, CancellationToken.None);
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Makes a database with the schema in it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"wxauth_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await DropAsync(name);
        await CreateAsync(name, Template);
        return For(name);
    }

    /// <summary>Makes a database without a schema.</summary>
    public async Task<string> CreateEmptyDatabaseAsync()
    {
        var name = $"wxauth_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await DropAsync(name);
        await CreateAsync(name, "template1");
        return For(name);
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public Task DropDatabaseAsync(string connectionString) => DropAsync(new NpgsqlConnectionStringBuilder(connectionString).Database!);

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_postgres is null)
        {
            await DropAsync(Template);
            return;
        }

        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string For(string database) =>
        new NpgsqlConnectionStringBuilder(_connectionString) { Database = database, MaxPoolSize = 30 }.ConnectionString;

    private Task CreateAsync(string name, string template) => ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");

    private Task DropAsync(string name) => ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_connectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
