using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;
using WxAuth.Tests.Documents;

namespace WxAuth.Tests.Persistence;

/// <summary>The API on a database of the first release, with what that release had written in it, migrated to the newest schema.</summary>
public sealed class UpgradedApp(TestCluster cluster) : WxAuthApp(cluster)
{
    private const string FirstRelease = "20261120233557_Initial";

    protected override async Task<string> CreateDatabaseAsync(TestCluster server)
    {
        var connectionString = await server.CreateEmptyDatabaseAsync();
        await using (var db = new WxAuthDbContext(new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql(connectionString).Options))
        {
            await db.GetService<IMigrator>().MigrateAsync(FirstRelease, TestContext.Current.CancellationToken);
        }

        await using (var source = NpgsqlDataSource.Create(connectionString))
        await using (var data = source.CreateCommand(Repository.Read("WxAuth.Tests/Persistence/FirstRelease/data.sql")))
        {
            await data.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await MigrateVerb.RunAsync(connectionString, TextWriter.Null, TestContext.Current.CancellationToken);
        // The data were written until four minutes after the time at which every test's clock starts.
        Time.Advance(TimeSpan.FromMinutes(5));
        return connectionString;
    }
}
