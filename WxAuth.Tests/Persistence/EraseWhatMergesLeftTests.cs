using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Tests.Persistence;

public sealed class EraseWhatMergesLeftTests(TestCluster cluster)
{
    private const string MigrationBefore = "20261121175000_RulesInCode";
    private const string ErasedUser = "01a1f7f8-3000-7000-8000-000000000001";
    private const string OtherUser = "01a1f7f8-3000-7000-8000-000000000002";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upgrade_clears_what_earlier_releases_left_of_erased_users_and_nothing_else()
    {
        var connectionString = await cluster.CreateEmptyDatabaseAsync();
        await using (var db = new WxAuthDbContext(new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql(connectionString).Options))
        {
            await db.GetService<IMigrator>().MigrateAsync(MigrationBefore, Ct);
        }

        string[] personal =
        [
            "nick", "https://a.example/", "+86138", "account", "hash", "role", "open", "union", "198.51.100.", "agent", "digits", "picture",
        ];
        await PlantAsync(connectionString, ErasedUser, "gone");
        await PlantAsync(connectionString, OtherUser, "here");
        await ExecuteAsync(connectionString, $"UPDATE users SET status = 'erased', erased_at = now() WHERE id = '{ErasedUser}'");
        Assert.Equal(personal.Length, await FoundAsync("gone"));

        await MigrateVerb.RunAsync(connectionString, TextWriter.Null, Ct);

        Assert.Equal(0, await FoundAsync("gone"));
        Assert.Equal(personal.Length, await FoundAsync("here"));
        NpgsqlConnection.ClearPool(new NpgsqlConnection(connectionString));
        await cluster.DropDatabaseAsync(connectionString);

        async Task<int> FoundAsync(string mark)
        {
            var texts = personal.Select(text => text == "198.51.100." ? $"{text}{(mark == "gone" ? 1 : 2)}/" : $"{text}{mark}").ToList();
            var found = await TraceSearch.FindAsync(connectionString, texts);
            return texts.Count(text => found.Any(place => place.EndsWith($": {text}", StringComparison.Ordinal)));
        }
    }

    // A user who is still there, with everything in it that a user may have.
    private static Task PlantAsync(string connectionString, string userId, string mark) => ExecuteAsync(connectionString, $$"""
        INSERT INTO users (id, status, nickname, avatar_url, phone_number, user_name, password_hash, roles, created_at, last_login_at)
        VALUES ('{{userId}}', 'active', 'nick{{mark}}', 'https://a.example/{{mark}}', '+86138{{mark}}',
                'account{{mark}}', 'hash{{mark}}', '{role{{mark}}}', now(), now());
        INSERT INTO wechat_identities (app_id, open_id, union_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at)
        VALUES ('app', 'open{{mark}}', 'union{{mark}}', '{{userId}}', now(), '', '', now());
        INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                              refresh_generation, refresh_seed_hash, is_new_user, ip, user_agent)
        SELECT gen_random_uuid(), '{{userId}}', 'app', 'open{{mark}}', now(), now(), now(), now(), ended_at,
               CASE WHEN ended_at IS NOT NULL THEN 'merged' END, 1, '', false, '198.51.100.{{(mark == "gone" ? 1 : 2)}}', 'agent{{mark}}'
        FROM (VALUES (now()), (NULL)) AS ends (ended_at);
        INSERT INTO avatars (id, user_id, content_type, bytes, sha256, created_at)
        VALUES (gen_random_uuid(), '{{userId}}', 'image/png', convert_to('picture{{mark}}', 'UTF8'), '', now());
        INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
        VALUES (gen_random_uuid(), now(), 'phone_changed', 'success', '{{userId}}', '198.51.100.{{(mark == "gone" ? 1 : 2)}}',
                '{"phoneNumber": "digits{{mark}}", "userName": "account{{mark}}", "newUser": true}');
        """);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
