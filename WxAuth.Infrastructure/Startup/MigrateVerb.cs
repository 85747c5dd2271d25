using Microsoft.EntityFrameworkCore;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Startup;

/// <summary>The deploy step <c>migrate</c>: brings the schema up to date and ends.</summary>
public static class MigrateVerb
{
    /// <summary>Applies the pending migrations.</summary>
    /// <param name="connectionString">Of a role that may change the schema.</param>
    /// <param name="output">Where each applied migration is named.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task RunAsync(string connectionString, TextWriter output, CancellationToken cancellationToken)
    {
        await using var db = new WxAuthDbContext(
            new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql(connectionString, npgsql => npgsql.CommandTimeout(0)).Options);
        var pending = (await db.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        await db.Database.MigrateAsync(cancellationToken);
        foreach (var migration in pending)
        {
            await output.WriteLineAsync($"Applied {migration}.");
        }

        await output.WriteLineAsync("The database is up to date.");
    }
}
