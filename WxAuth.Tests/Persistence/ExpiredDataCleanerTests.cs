using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Persistence;

public sealed class ExpiredDataCleanerTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private ExpiredDataCleaner Cleaner => app.Services.GetRequiredService<ExpiredDataCleaner>();

    [Fact]
    public async Task Sessions_go_a_month_after_their_end_and_not_before()
    {
        var userId = (string)(await app.LoginAsync("cleaned"))["user"]!["id"]!;
        await AddSessionsAsync(userId, 700, "ended_at", "now_ - interval '31 days'");
        await AddSessionsAsync(userId, 20, "expires_at", "now_ - interval '31 days'");
        await AddSessionsAsync(userId, 5, "ended_at", "now_ - interval '29 days'");

        var deleted = await Cleaner.RunAsync(Ct);

        Assert.Equal(720, deleted);
        Assert.Equal(6L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}'"));
        Assert.Equal(0, await Cleaner.RunAsync(Ct));
    }

    [Fact]
    public async Task Audit_events_pushes_and_password_counts_go_by_their_age()
    {
        var now = $"'{app.Time.GetUtcNow():O}'::timestamptz";
        await app.ScalarAsync<int>($"""
            INSERT INTO audit_events (id, at, type, outcome, detail)
            SELECT uuid_v7({now} - d * interval '1 day'), {now} - d * interval '1 day', 'push_received', 'success', '{"{}"}' FROM unnest(ARRAY[181, 200, 179]) d;
            INSERT INTO push_messages (key_hash, received_at) VALUES ('\x01', {now} - interval '25 hours'), ('\x02', {now} - interval '23 hours');
            INSERT INTO password_failures (key, failures, expires_at) VALUES ('\x01', 1, {now} - interval '1 second'), ('\x02', 1, {now} + interval '1 minute');
            """);

        Assert.Equal(4, await Cleaner.RunAsync(Ct));

        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM audit_events WHERE type = 'push_received'"));
        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM push_messages"));
        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM password_failures"));
    }

    [Fact]
    public async Task Only_one_node_cleans_at_a_time()
    {
        await using var other = new NpgsqlConnection(app.ConnectionString);
        await other.OpenAsync(Ct);
        await ExecuteAsync(other, "SELECT pg_advisory_lock(hashtextextended('wxauth cleaner', 0))");

        Assert.Null(await Cleaner.RunAsync(Ct));

        await ExecuteAsync(other, "SELECT pg_advisory_unlock(hashtextextended('wxauth cleaner', 0))");
        Assert.NotNull(await Cleaner.RunAsync(Ct));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private Task<int> AddSessionsAsync(string userId, int count, string column, string value) => app.ScalarAsync<int>($"""
        INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                              refresh_generation, refresh_seed_hash, is_new_user)
        SELECT gen_random_uuid(), '{userId}', now_, now_, {(column == "expires_at" ? value : "now_ + interval '1 day'")}, now_,
               {(column == "ended_at" ? value : "NULL")}, {(column == "ended_at" ? "'logout'" : "NULL")}, 1, '\x00', false
        FROM generate_series(1, {count}), (SELECT '{app.Time.GetUtcNow():O}'::timestamptz AS now_) AS clock
        """);
}
