using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Persistence;

public sealed class ExpiredDataCleanerTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private ExpiredDataCleaner Cleaner => app.Services.GetRequiredService<ExpiredDataCleaner>();

    [Fact]
    public async Task Sessions_go_with_their_audit_record_and_a_month_after_their_end_and_not_before()
    {
        var userId = (string)(await app.LoginAsync("cleaned"))["user"]!["id"]!;
        await AddSessionsAsync(userId, 700, loginDaysAgo: 181, endedDaysAgo: 31);
        await AddSessionsAsync(userId, 20, loginDaysAgo: 215, expiredDaysAgo: 31);
        await AddSessionsAsync(userId, 5, loginDaysAgo: 181, endedDaysAgo: 29);
        await AddSessionsAsync(userId, 3, loginDaysAgo: 205, expiredDaysAgo: 29);
        await AddSessionsAsync(userId, 2, loginDaysAgo: 179, endedDaysAgo: 179);

        var deleted = await Cleaner.RunAsync(Ct);

        Assert.Equal(720, deleted);
        Assert.Equal(11L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}'"));
        Assert.Equal(0, await Cleaner.RunAsync(Ct));
    }

    [Fact]
    public async Task Identities_that_lead_to_nobody_go_a_day_after_their_key_and_their_ticket()
    {
        var now = $"'{app.Time.GetUtcNow():O}'::timestamptz";
        var userId = (string)(await app.LoginAsync("bound"))["user"]!["id"]!;
        await app.ScalarAsync<int>($"""
            INSERT INTO wechat_identities (app_id, open_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at,
                                           binding_ticket_expires_at)
            SELECT 'app', open_id, user_id::uuid, {now} - interval '9 days', '', '', {now} - key_hours * interval '1 hour',
                   {now} - ticket_hours * interval '1 hour'
            FROM (VALUES ('unbound', NULL, 25, NULL), ('old ticket', NULL, 25, 25), ('young key', NULL, 23, NULL),
                         ('young ticket', NULL, 25, 23), ('open ticket', NULL, 300, -0.1), ('somebody', '{userId}', 300, NULL))
                 AS rows (open_id, user_id, key_hours, ticket_hours);
            """);

        Assert.Equal(2, await Cleaner.RunAsync(Ct));

        Assert.Equal(
            "open ticket, somebody, young key, young ticket",
            await app.ScalarAsync<string>("SELECT string_agg(open_id, ', ' ORDER BY open_id) FROM wechat_identities WHERE app_id = 'app'"));
        await app.ScalarAsync<int>("DELETE FROM wechat_identities WHERE app_id = 'app'");
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

    private Task<int> AddSessionsAsync(
        string userId, int count, int loginDaysAgo, int? endedDaysAgo = null, int? expiredDaysAgo = null) => app.ScalarAsync<int>($"""
        INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                              refresh_generation, refresh_seed_hash, is_new_user, records_login)
        SELECT uuid_v7({Ago(loginDaysAgo)}), '{userId}', {Ago(loginDaysAgo)}, {Ago(loginDaysAgo)}, {Ago(expiredDaysAgo ?? -1)},
               {Ago(loginDaysAgo)}, {(endedDaysAgo is null ? "NULL" : Ago(endedDaysAgo.Value))},
               {(endedDaysAgo is null ? "NULL" : "'logout'")}, 1, '\x00', false, true
        FROM generate_series(1, {count})
        """);

    private string Ago(int days) => $"('{app.Time.GetUtcNow():O}'::timestamptz - interval '{days} days')";
}
