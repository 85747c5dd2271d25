using Npgsql;

namespace WxAuth.Bench.Floor;

/// <summary>One table, one statement for each request; Npgsql prepares it by itself.</summary>
internal sealed class UserStore(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, NoResetOnClose = true, MaxPoolSize = 20 });

    public async Task<(User User, bool IsNew)> RecordLoginAsync(string openId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(now);
        await using var command = _database.CreateCommand(
            """
            INSERT INTO users (app_id, open_id, id, created_at, last_login_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (app_id, open_id) DO UPDATE SET last_login_at = EXCLUDED.last_login_at
            RETURNING id, created_at
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = WeChatClient.AppId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = openId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var user = Read(reader);
        return (user, user.Id == id);
    }

    public async Task<User?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("SELECT id, created_at FROM users WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static User Read(NpgsqlDataReader reader) => new(reader.GetFieldValue<Guid>(0), reader.GetFieldValue<DateTimeOffset>(1));
}

internal sealed record User(Guid Id, DateTimeOffset CreatedAt);
