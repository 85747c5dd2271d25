using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Erasure;

/// <summary>Exports of users who have left a great deal behind.</summary>
public sealed class ExportTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_export_is_whole_and_in_order()
    {
        var person = await app.PersonAsync("whole");
        await AddAsync(person, events: 1700, logins: 1300, detailLength: 10);

        using var response = await app.SendAsync(person, HttpMethod.Get, "api/users/me/export");

        var export = await app.OkAsync(response);
        var (sessions, events) = (IdsOf(export["sessions"]!), IdsOf(export["auditEvents"]!));
        Assert.Equal((1301, 3001), (sessions.Distinct().Count(), events.Distinct().Count()));
        Assert.Equal(sessions.Order(StringComparer.Ordinal), sessions);
        Assert.Equal(events.Order(StringComparer.Ordinal), events);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task A_large_export_is_read_a_part_at_a_time()
    {
        var person = await app.PersonAsync("parts");
        await AddAsync(person, events: 1700, logins: 0, detailLength: 10);
        await using var scope = app.Services.CreateAsyncScope();
        var (before, first, all) = (Reads(), 0, 0);

        await scope.ServiceProvider.GetRequiredService<IPersonalDataStore>().ReadAsync(
            person.UserId,
            async data =>
            {
                await foreach (var item in data.AuditEvents)
                {
                    first = first == 0 ? Reads() - before : first;
                }

                all = Reads() - before;
            },
            Ct);

        Assert.Equal((1, 4), (first, all));

        int Reads() => app.Logs.Lines.Count(line =>
            line.Contains("Executed DbCommand", StringComparison.Ordinal) && line.Contains("FROM audit_events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_export_that_is_not_read_lets_go_of_the_database_after_five_minutes()
    {
        var person = await app.PersonAsync("slow");
        await AddAsync(person, events: 20_000, logins: 0, detailLength: 2000);
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/users/me/export");
        request.Headers.Authorization = new("Bearer", person.AccessToken);
        using var response = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        await app.Time.WhenTimerIsSetAsync(TimeSpan.FromMinutes(5), Ct);
        Assert.Equal(1L, await OpenExportsAsync());

        app.Time.Advance(TimeSpan.FromMinutes(5));

        await Eventually.TrueAsync(async () => await OpenExportsAsync() == 0, TimeSpan.FromSeconds(20), "the export's transaction ends");
        // What was sent is no whole export, and does not look like one.
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task Two_exports_at_a_time_leave_the_pool_to_the_others()
    {
        using var turns = new ExportTurns();
        var first = await turns.WaitAsync(Ct);
        using var second = await turns.WaitAsync(Ct);
        var third = turns.WaitAsync(Ct);

        Assert.False(third.IsCompleted);

        first.Dispose();
        (await third).Dispose();
    }

    private static List<string> IdsOf(JsonNode items) => [.. items.AsArray().Select(item => (string)item!["id"]!)];

    private Task<long> OpenExportsAsync() => app.ScalarAsync<long>("""
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
        """);

    private Task<int> AddAsync(Person person, int events, int logins, int detailLength)
    {
        var now = app.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        return app.ScalarAsync<int>($$"""
            INSERT INTO audit_events (id, at, type, outcome, user_id, detail)
            SELECT uuid_v7(at), at, 'profile_changed', 'success', '{{person.UserId}}',
                   jsonb_build_object('x', repeat('x', {{detailLength}}))
            FROM (SELECT '{{now}}'::timestamptz - n * interval '7 ms' AS at FROM generate_series(1, {{events}}) n) times;
            INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                                  refresh_generation, refresh_seed_hash, is_new_user, records_login)
            SELECT uuid_v7(at), '{{person.UserId}}', at, at, at, at, CASE WHEN n % 2 = 0 THEN at END,
                   CASE WHEN n % 2 = 0 THEN 'logout' END, 1, '', false, true
            FROM (SELECT n, '{{now}}'::timestamptz - n * interval '11 ms' AS at FROM generate_series(1, {{logins}}) n) times;
            """);
    }
}
