using System.Net;
using System.Net.Http.Json;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Erasure;

public sealed class ErasureTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_erased_user_leaves_an_id_and_comes_back_as_another_user()
    {
        var person = await app.PersonAsync("leaver");
        await app.LoginAsync("leaver");
        using var phone = await app.SendAsync(
            person, HttpMethod.Post, "api/users/me/phone", new { code = (string)(await app.PhoneButtonAsync("leaver"))["code"]! });
        await app.OkAsync(phone);
        await app.ScalarAsync<int>(
            $"INSERT INTO avatars (id, user_id, content_type, bytes, sha256, created_at) VALUES (gen_random_uuid(), '{person.UserId}', 'image/png', '', '', now())");
        await app.ScalarAsync<int>($"UPDATE users SET nickname = 'L', user_name = 'leaver', password_hash = 'x', roles = '{{a}}' WHERE id = '{person.UserId}'");

        using var erased = await app.SendAsync(person, HttpMethod.Delete, "api/users/me");

        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        Assert.Equal(
            "erased t",
            await app.ScalarAsync<string>($"""
                SELECT concat_ws(' ', status, num_nonnulls(nickname, avatar_url, phone_number, user_name, password_hash, last_login_at) = 0 AND roles = '{"{}"}' AND erased_at IS NOT NULL)
                FROM users WHERE id = '{person.UserId}'
                """));
        Assert.Equal(
            0L,
            await app.ScalarAsync<long>($"""
                SELECT (SELECT count(*) FROM wechat_identities WHERE user_id = '{person.UserId}') + (SELECT count(*) FROM avatars WHERE user_id = '{person.UserId}')
                     + (SELECT count(*) FROM audit_events WHERE user_id = '{person.UserId}' AND (ip IS NOT NULL OR detail ? 'phoneNumber'))
                     + (SELECT count(*) FROM sessions WHERE user_id = '{person.UserId}'
                        AND (end_reason IS DISTINCT FROM 'erased' OR num_nonnulls(ip, user_agent, open_id) > 0))
                """));
        Assert.Equal(1L, await app.AuditedAsync(person, "user_erased"));
        using var refresh = await app.SendAsync(HttpMethod.Post, "api/auth/refresh", null, new { refreshToken = person.RefreshToken });
        Assert.Equal("erased", (string?)(await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked"))["reason"]);
        using var again = await app.SendAsync(person, HttpMethod.Delete, "api/users/me");
        Assert.Equal("erased", (string?)(await WxAuthApp.AssertProblemAsync(again, 401, "session_revoked"))["reason"]);

        var back = await app.LoginAsync("leaver");
        Assert.True((bool)back["isNewUser"]!);
        Assert.NotEqual(person.UserId.ToString(), (string?)back["user"]!["id"]);
    }

    [Fact]
    public async Task The_last_enabled_administrator_stays_also_when_two_leave_at_once()
    {
        var first = await app.PersonAsync("admin1");
        var second = await app.PersonAsync("admin2");
        var disabled = await app.PersonAsync("admin3");
        await app.ScalarAsync<int>($"UPDATE users SET roles = '{{admin}}' WHERE id IN ('{first.UserId}', '{second.UserId}', '{disabled.UserId}')");
        await app.ScalarAsync<int>($"UPDATE users SET status = 'disabled' WHERE id = '{disabled.UserId}'");

        var answers = await Task.WhenAll(
            app.SendAsync(first, HttpMethod.Delete, "api/users/me"), app.SendAsync(second, HttpMethod.Delete, "api/users/me"));

        var refused = Assert.Single(answers, answer => answer.StatusCode is not HttpStatusCode.NoContent);
        await WxAuthApp.AssertProblemAsync(refused, 409, "last_administrator");
        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM users WHERE status = 'active' AND 'admin' = ANY (roles)"));
        Assert.Equal(2L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id IN ('{first.UserId}', '{second.UserId}', '{disabled.UserId}')"));
        await app.ScalarAsync<int>("UPDATE users SET roles = '{}'");
    }

    [Fact]
    public async Task Erasures_that_race_with_logins_leave_nothing_half()
    {
        // With and without a unionid, through two apps: the identities of one person are linked while the user goes.
        for (var round = 0; round < 8; round++)
        {
            var name = $"race{round}";
            var person = await app.PersonAsync(name, SeveralApps.SecondAppId);
            var codes = new List<(string Code, string AppId)>();
            for (var i = 0; i < 6; i++)
            {
                var appId = i % 2 == 0 ? SeveralApps.SecondAppId : SeveralApps.ThirdAppId;
                codes.Add((await app.CodeAsync(name, appId), appId));
            }

            var logins = codes.Select(one => app.Client.PostAsJsonAsync("api/auth/login", new { code = one.Code, appId = one.AppId }, Ct)).ToArray();
            using var erased = await app.SendAsync(person, HttpMethod.Delete, "api/users/me");
            var answers = await Task.WhenAll(logins);

            Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
            Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK, app.Logs.Errors()));
        }

        Assert.Equal(
            0L,
            await app.ScalarAsync<long>("""
                SELECT (SELECT count(*) FROM wechat_identities i JOIN users u ON u.id = i.user_id WHERE u.status = 'erased')
                     + (SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.status = 'erased' AND (s.ended_at IS NULL OR s.open_id IS NOT NULL))
                     + (SELECT count(*) FROM (SELECT union_id FROM wechat_identities WHERE union_id IS NOT NULL GROUP BY union_id HAVING count(DISTINCT user_id) > 1) two)
                """));
    }

    [Fact]
    public async Task An_export_holds_everything_and_no_secret()
    {
        var person = await app.PersonAsync("exporter", SeveralApps.SecondAppId);
        var third = await app.PersonAsync("exporter", SeveralApps.ThirdAppId);
        using var patched = await app.SendAsync(person, HttpMethod.Patch, "api/users/me", new { nickname = "出口" });
        await app.ScalarAsync<int>($"UPDATE users SET password_hash = 'hash-of-a-password' WHERE id = '{person.UserId}'");
        using var logout = await app.SendAsync(third, HttpMethod.Post, "api/auth/logout");

        using var response = await app.SendAsync(person, HttpMethod.Get, "api/users/me/export");

        var export = await app.OkAsync(response);
        Assert.Equal(["auditEvents", "identities", "sessions", "user"], export.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("出口", (string?)export["user"]!["nickname"]);
        Assert.Equal([SeveralApps.SecondAppId, SeveralApps.ThirdAppId], export["identities"]!.AsArray().Select(identity => (string?)identity!["appId"]));
        Assert.Equal(await app.OpenIdAsync(person, SeveralApps.SecondAppId), (string?)export["identities"]![0]!["openId"]);
        Assert.NotNull((string?)export["identities"]![0]!["unionId"]);
        Assert.Equal([null, "logout"], export["sessions"]!.AsArray().Select(session => (string?)session!["endReason"]));
        Assert.Equal(["login", "login", "profile_changed", "logout"], export["auditEvents"]!.AsArray().Select(item => (string?)item!["type"]).OrderBy(
            type => Array.IndexOf(["login", "profile_changed", "logout"], type)));
        Assert.True(response.Headers.CacheControl?.NoStore);

        var text = export.ToJsonString();
        Assert.DoesNotContain("hash-of-a-password", text, StringComparison.Ordinal);
        foreach (var secret in new[] { "seed", "sealed", "key", "tag", "ticket", "hash", "token" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task An_export_needs_a_token_and_shows_nobody_else()
    {
        var person = await app.PersonAsync("lonely");
        await app.PersonAsync("neighbour");
        using var anonymous = await app.Client.GetAsync("api/users/me/export", Ct);
        using var response = await app.SendAsync(person, HttpMethod.Get, "api/users/me/export");

        await WxAuthApp.AssertProblemAsync(anonymous, 401, "token_missing");
        var export = await app.OkAsync(response);
        Assert.Equal((1, 1, 1), (export["identities"]!.AsArray().Count, export["sessions"]!.AsArray().Count, export["auditEvents"]!.AsArray().Count));
    }
}
