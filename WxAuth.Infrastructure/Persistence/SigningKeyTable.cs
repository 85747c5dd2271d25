using Npgsql;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>The table <c>signing_keys</c>, which a process needs before it can answer anything: by Npgsql directly, see <see cref="DirectStatements"/>.</summary>
internal static class SigningKeyTable
{
    public static async Task<List<SigningKey>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT key_id, use, sealed, created_at, activates_at FROM signing_keys", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<SigningKey>();
        while (await row.ReadAsync(cancellationToken))
        {
            keys.Add(new SigningKey
            {
                KeyId = row.GetString(0),
                Use = row.GetString(1),
                Sealed = row.GetFieldValue<byte[]>(2),
                CreatedAt = row.GetFieldValue<DateTimeOffset>(3),
                ActivatesAt = row.GetFieldValue<DateTimeOffset>(4),
            });
        }

        return keys;
    }

    /// <summary>Waits until no other node is making keys. The lock is the transaction's.</summary>
    public static Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ExecuteAsync(new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('wxauth signing keys', 0))", connection), cancellationToken);

    public static Task AddAsync(NpgsqlConnection connection, SigningKey key, CancellationToken cancellationToken) => ExecuteAsync(
        new NpgsqlCommand("INSERT INTO signing_keys (key_id, use, sealed, created_at, activates_at) VALUES ($1, $2, $3, $4, $5)", connection)
            .With(key.KeyId).With(key.Use).With(key.Sealed).With(key.CreatedAt).With(key.ActivatesAt),
        cancellationToken);

    public static Task RemoveAsync(NpgsqlConnection connection, SigningKey key, CancellationToken cancellationToken) =>
        ExecuteAsync(new NpgsqlCommand("DELETE FROM signing_keys WHERE key_id = $1", connection).With(key.KeyId), cancellationToken);

    /// <summary>Seals a key anew, unless another node has done so meanwhile.</summary>
    public static Task ResealAsync(NpgsqlConnection connection, SigningKey key, byte[] resealed, CancellationToken cancellationToken) => ExecuteAsync(
        new NpgsqlCommand("UPDATE signing_keys SET sealed = $3 WHERE key_id = $1 AND sealed = $2", connection)
            .With(key.KeyId).With(key.Sealed).With(resealed),
        cancellationToken);

    private static async Task ExecuteAsync(NpgsqlCommand statement, CancellationToken cancellationToken)
    {
        await using (statement)
        {
            await statement.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
