using System.Reflection;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Startup;

/// <summary>The migrations that the database lacks, as EF Core's <c>GetPendingMigrations</c> tells them; see <see cref="DirectStatements"/>.</summary>
internal static class PendingMigrations
{
    public static async Task<List<string>> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var pending = typeof(WxAuthDbContext).Assembly.GetTypes()
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>().Order(StringComparer.Ordinal).ToList();
        try
        {
            await using var command = database.CreateCommand("""SELECT "MigrationId" FROM "__EFMigrationsHistory" """);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
            {
                pending.Remove(row.GetString(0));
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The database is empty: all of them.
        }

        return pending;
    }
}
