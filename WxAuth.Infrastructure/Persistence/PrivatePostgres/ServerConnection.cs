using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>How the private server is reached: loopback, one role, a random password.</summary>
/// <param name="Port">The TCP port on 127.0.0.1.</param>
/// <param name="Password">The role's password.</param>
internal sealed record ServerConnection(int Port, string Password)
{
    public const string Role = "wxauth";

    public const string Database = "wxauth";

    private const string MaintenanceDatabase = "postgres";

    /// <summary>Made so that no password gets into a log by way of a record's text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The connection string for a database of the server.</summary>
    public string For(string database) => Builder(database).ConnectionString;

    /// <summary>A port that nobody listens on: the one of the last start if that is free, else one of the system's choice.</summary>
    public static int ChoosePort(string portFile)
    {
        if (File.Exists(portFile)
            && ReadPort(portFile) is { } last
            && TryListen(last) is not null)
        {
            return last;
        }

        return TryListen(0) ?? throw new PrivatePostgresException("No free TCP port was found on 127.0.0.1.");
    }

    /// <summary>Whether nobody listens on a port of 127.0.0.1.</summary>
    public static bool IsFree(int port) => TryListen(port) is not null;

    /// <summary>The port in a file; <c>null</c> where the file holds none (its writer was killed).</summary>
    public static int? ReadPort(string portFile) =>
        int.TryParse(File.ReadAllText(portFile), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is > 0 and <= IPEndPoint.MaxPort
            ? port
            : null;

    /// <summary>Asks for an answer once.</summary>
    /// <returns><c>null</c> where the server answered, else why it did not.</returns>
    public async Task<NpgsqlException?> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Unpooled());
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return null;
        }
        catch (NpgsqlException exception)
        {
            return exception;
        }
    }

    /// <summary>Makes the database where it is missing.</summary>
    public async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Unpooled());
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        exists.Parameters.AddWithValue(Database);
        if (await exists.ExecuteScalarAsync(cancellationToken) is null)
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static int? TryListen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            // Taken (EADDRINUSE), or below 1024 and not ours to take (EACCES): either way no port for us.
            return null;
        }
    }

    private string Unpooled()
    {
        var builder = Builder(MaintenanceDatabase);
        builder.Pooling = false;
        builder.Timeout = 5;
        return builder.ConnectionString;
    }

    private NpgsqlConnectionStringBuilder Builder(string database) => new()
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Role,
        Password = Password,
        Database = database,
        // The server speaks neither on loopback; asking for them costs a round trip each.
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };
}
