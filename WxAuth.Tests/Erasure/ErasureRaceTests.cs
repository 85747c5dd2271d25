using System.Net;
using Npgsql;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Erasure;

/// <summary>An erasure that comes while a login has written and not committed yet: what it wrote cannot be seen, and is waited for.</summary>
public sealed class ErasureRaceTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_that_a_login_is_just_writing_ends_with_its_user()
    {
        var person = await app.PersonAsync("writing");

        await EraseDuringAsync(person, $"""
            INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, refresh_generation,
                                  refresh_seed_hash, is_new_user, records_login, ip, user_agent)
            SELECT uuid_v7(created_at), user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, 1,
                   '', false, true, ip, user_agent
            FROM sessions WHERE id = '{person.SessionId}'
            """);

        Assert.Equal(2L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{person.UserId}'"));
        Assert.Equal(0L, await app.ScalarAsync<long>($"""
            SELECT count(*) FROM sessions
            WHERE user_id = '{person.UserId}' AND (ended_at IS NULL OR num_nonnulls(ip, user_agent, open_id) > 0)
            """));
    }

    [Fact]
    public async Task An_identity_that_a_login_is_just_linking_goes_with_its_user()
    {
        var person = await app.PersonAsync("linking", SeveralApps.SecondAppId);

        await EraseDuringAsync(person, $"""
            INSERT INTO wechat_identities (app_id, open_id, union_id, user_id, created_at,
                                           session_key_sealed, session_key_tag, session_key_at)
            SELECT '{SeveralApps.ThirdAppId}', 'linking', union_id, user_id, created_at, '', '', session_key_at
            FROM wechat_identities WHERE user_id = '{person.UserId}'
            """);

        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id = '{person.UserId}'"));
    }

    private async Task EraseDuringAsync(Person person, string statement)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var login = await connection.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand(statement, connection, login))
        {
            await command.ExecuteNonQueryAsync(Ct);
        }

        var erasure = app.SendAsync(person, HttpMethod.Delete, "api/users/me");
        await Eventually.TrueAsync(
            async () => erasure.IsCompleted || await app.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"),
            TimeSpan.FromSeconds(20),
            "the erasure waits for the login");
        await login.CommitAsync(Ct);
        using var erased = await erasure;
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
    }
}
