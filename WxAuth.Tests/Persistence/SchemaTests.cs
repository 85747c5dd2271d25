using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;
using WxAuth.Tests.Documents;

namespace WxAuth.Tests.Persistence;

public sealed partial class SchemaTests(TestCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_name_can_be_written_without_quotes()
    {
        var connectionString = await cluster.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relname NOT LIKE '%EFMigrationsHistory'
            UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            """,
            connection);
        var names = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync(Ct))
        {
            while (await reader.ReadAsync(Ct))
            {
                names.Add(reader.GetString(0));
            }
        }

        // Entity Framework's own table and key are named by it.
        var own = names.Where(name => !name.Contains("EFMigrationsHistory", StringComparison.Ordinal)).ToList();
        Assert.Contains("wechat_identities", own);
        Assert.All(own, name => Assert.Matches(PlainName(), name));
        await connection.CloseAsync();
        await cluster.DropDatabaseAsync(connectionString);
    }

    [Fact]
    public async Task No_code_of_this_release_calls_a_function_of_the_schema_and_three_triggers_are_all_there_is()
    {
        var connectionString = await cluster.CreateDatabaseAsync();
        var functions = await ListAsync(connectionString, """
            SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype
            """);
        var triggers = await ListAsync(connectionString, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname");
        await cluster.DropDatabaseAsync(connectionString);

        // They stay for nodes of the releases before.
        Assert.Contains("log_in", functions);
        Assert.Equal(["session_ended", "session_needs_active_user", "signing_key_added"], triggers);
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "WxAuth.Infrastructure"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToDictionary(file => file, File.ReadAllText);
        Assert.All(functions, name => Assert.DoesNotContain(sources, source => source.Value.Contains($"{name}(", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_migrations_are_those_of_the_model()
    {
        using var db = new WxAuthDbContext(new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql("Host=localhost").Options);

        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task The_migrate_verb_brings_an_empty_database_up_to_date_and_does_nothing_twice()
    {
        var connectionString = await cluster.CreateEmptyDatabaseAsync();
        await using var first = new StringWriter();
        await using var second = new StringWriter();

        await MigrateVerb.RunAsync(connectionString, first, Ct);
        await MigrateVerb.RunAsync(connectionString, second, Ct);

        Assert.Contains("Applied ", first.ToString(), StringComparison.Ordinal);
        Assert.Equal("The database is up to date.", second.ToString().Trim());
        NpgsqlConnection.ClearPool(new NpgsqlConnection(connectionString));
        await cluster.DropDatabaseAsync(connectionString);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("20261120233557_Initial")]
    [InlineData("20261121031500_FasterLogin")]
    public async Task A_start_sees_the_same_migrations_pending_as_Entity_Framework(string? last)
    {
        var connectionString = await cluster.CreateEmptyDatabaseAsync();
        await using var db = new WxAuthDbContext(new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql(connectionString).Options);
        if (last is not null)
        {
            await db.GetService<IMigrator>().MigrateAsync(last, Ct);
        }

        await using (var source = NpgsqlDataSource.Create(connectionString))
        {
            Assert.Equal(await db.Database.GetPendingMigrationsAsync(Ct), await PendingMigrations.ReadAsync(source, Ct));
        }

        NpgsqlConnection.ClearPool(new NpgsqlConnection(connectionString));
        await cluster.DropDatabaseAsync(connectionString);
    }

    private static async Task<List<string>> ListAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var names = new List<string>();
        while (await reader.ReadAsync(Ct))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlainName();
}
