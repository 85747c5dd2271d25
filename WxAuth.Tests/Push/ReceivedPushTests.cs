using System.Text.Json.Nodes;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Push;

/// <summary>Pushes as WeChat sends them.</summary>
public sealed class ReceivedPushTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    [Theory]
    [InlineData("json", "6", true, false)]
    [InlineData("xml", "19", true, false)]
    [InlineData("xml", "20,3", true, false)]
    [InlineData("json", "8", false, true)]
    [InlineData("xml", "6|8", true, true)]
    [InlineData("json", "13", false, false)]
    public async Task What_a_user_took_back_is_cleared(string format, string revokeInfo, bool profile, bool phone)
    {
        var person = await app.PersonAsync($"revoker{format}{revokeInfo.Replace('|', '_')}");
        await FillAsync(person);
        var answer = await app.PushAsync(
            new JsonObject { ["event"] = "user_authorization_revoke", ["user"] = person.Name, ["revokeInfo"] = revokeInfo, ["format"] = format });

        Assert.Equal((200, "success"), ((int)answer["status"]!, (string?)answer["body"]));
        var user = await app.MeAsync(person);
        Assert.Equal((profile, profile, phone), (user["nickname"] is null, user["avatarUrl"] is null, user["phoneNumber"] is null));
        Assert.Equal(1L, await app.AuditedAsync(person, "push_received"));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task A_user_who_closes_WeChat_is_erased(string format)
    {
        var person = await app.PersonAsync($"leaver{format}");
        await FillAsync(person);
        var answer = await app.PushAsync(new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = person.Name, ["format"] = format });

        Assert.Equal("success", (string?)answer["body"]);
        using var refresh = await app.SendAsync(HttpMethod.Post, "api/auth/refresh", null, new { refreshToken = person.RefreshToken });
        Assert.Equal("erased", (string?)(await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked"))["reason"]);
        Assert.Equal("erased", await app.ScalarAsync<string>($"SELECT status FROM users WHERE id = '{person.UserId}' AND phone_number IS NULL"));
        Assert.Equal(1L, await app.AuditedAsync(person, "user_erased"));
        Assert.True((bool)(await app.LoginAsync(person.Name))["isNewUser"]!);
    }

    [Fact]
    public async Task A_user_who_is_reached_another_way_too_loses_one_identity_and_its_sessions_alone()
    {
        var second = await app.PersonAsync("half", SeveralApps.SecondAppId);
        var third = await app.PersonAsync("half", SeveralApps.ThirdAppId);
        Assert.Equal(second.UserId, third.UserId);
        await app.PushAsync(new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = "half" }, SeveralApps.SecondAppId);

        using var gone = await app.SendAsync(HttpMethod.Post, "api/auth/refresh", null, new { refreshToken = second.RefreshToken });
        using var kept = await app.SendAsync(HttpMethod.Post, "api/auth/refresh", null, new { refreshToken = third.RefreshToken });
        Assert.Equal("erased", (string?)(await WxAuthApp.AssertProblemAsync(gone, 401, "session_revoked"))["reason"]);
        await app.OkAsync(kept);
        Assert.Equal(
            SeveralApps.ThirdAppId, await app.ScalarAsync<string>($"SELECT string_agg(app_id, ' ') FROM wechat_identities WHERE user_id = '{second.UserId}'"));
    }

    [Fact]
    public async Task A_user_with_an_account_keeps_it()
    {
        var person = await app.PersonAsync("accountholder");
        await app.ScalarAsync<int>($"UPDATE users SET user_name = 'holder', password_hash = 'hash' WHERE id = '{person.UserId}'");
        await app.PushAsync(new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = person.Name });

        Assert.Equal("active", await app.ScalarAsync<string>($"SELECT status FROM users WHERE id = '{person.UserId}'"));
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id = '{person.UserId}'"));
    }

    [Fact]
    public async Task A_changed_profile_is_audited_with_and_without_its_user()
    {
        var person = await app.PersonAsync("changer");
        await app.PushAsync(new JsonObject { ["event"] = "user_info_modified", ["user"] = person.Name });
        var answer = await app.PushAsync(new JsonObject { ["event"] = "user_info_modified" });

        Assert.Equal("success", (string?)answer["body"]);
        Assert.Equal(1L, await app.AuditedAsync(person, "push_received"));
        Assert.Equal(
            1L,
            await app.ScalarAsync<long>("SELECT count(*) FROM audit_events WHERE type = 'push_received' AND user_id IS NULL AND detail->>'event' = 'user_info_modified'"));
    }

    [Fact]
    public async Task A_repeated_message_does_nothing()
    {
        var person = await app.PersonAsync("repeated");
        await FillAsync(person);
        var push = new JsonObject { ["event"] = "user_authorization_revoke", ["user"] = person.Name, ["revokeInfo"] = "8", ["fault"] = "duplicate" };
        var answer = await app.PushAsync(push.DeepClone().AsObject());
        await FillAsync(person);
        // The clock stands: the same second, so the same message.
        var again = await app.PushAsync(push.DeepClone().AsObject());

        Assert.All(
            answer["deliveries"]!.AsArray().Concat(again["deliveries"]!.AsArray()), delivery => Assert.Equal("success", (string?)delivery!["body"]));
        Assert.Equal(1L, await app.AuditedAsync(person, "push_received"));
        Assert.NotNull((await app.MeAsync(person))["phoneNumber"]);
    }

    [Fact]
    public async Task One_message_many_times_at_once_is_handled_once()
    {
        var person = await app.PersonAsync("echo");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => app.PushAsync(
            new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = person.Name })));

        Assert.All(answers, answer => Assert.Equal("success", (string?)answer["body"]));
        Assert.Equal(1L, await app.AuditedAsync(person, "push_received"));
        Assert.Equal(1L, await app.AuditedAsync(person, "user_erased"));
    }

    [Fact]
    public async Task One_message_on_two_nodes_at_once_is_handled_once()
    {
        var second = await app.AddNodeAsync();
        for (var round = 0; round < 5; round++)
        {
            var person = await app.PersonAsync($"twonodes{round}");
            await FillAsync(person);
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => app.PushAsync(
                new JsonObject { ["event"] = "user_authorization_revoke", ["user"] = person.Name, ["revokeInfo"] = "6" },
                client: i % 2 == 0 ? second : null)));

            Assert.All(answers, answer => Assert.Equal("success", (string?)answer["body"]));
            Assert.Equal(1L, await app.AuditedAsync(person, "push_received"));
        }
    }

    [Fact]
    public async Task A_picture_that_the_user_took_back_is_deleted()
    {
        var person = await app.PersonAsync("pictured");
        await app.ScalarAsync<int>($"""
            WITH picture AS (
                INSERT INTO avatars (id, user_id, content_type, bytes, sha256, created_at)
                VALUES (gen_random_uuid(), '{person.UserId}', 'image/png', '', '', now()) RETURNING id)
            UPDATE users SET avatar_url = 'https://wxauth.example/api/avatars/' || (SELECT id FROM picture) WHERE id = '{person.UserId}'
            """);

        await app.PushAsync(new JsonObject { ["event"] = "user_authorization_revoke", ["user"] = person.Name, ["revokeInfo"] = "6" });

        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM avatars WHERE user_id = '{person.UserId}'"));
    }

    [Fact]
    public async Task What_failed_may_come_again()
    {
        var person = await app.PersonAsync("unlucky");
        await FillAsync(person);
        var push = new JsonObject { ["event"] = "user_authorization_revoke", ["user"] = person.Name, ["revokeInfo"] = "8" };
        await app.ScalarAsync<int>($"ALTER TABLE users ADD CONSTRAINT broken CHECK (id <> '{person.UserId}' OR phone_number IS NOT NULL) NOT VALID");
        var failed = await app.PushAsync(push.DeepClone().AsObject());
        await app.ScalarAsync<int>("ALTER TABLE users DROP CONSTRAINT broken");
        var retried = await app.PushAsync(push.DeepClone().AsObject());

        Assert.Equal((500, 200), ((int)failed["status"]!, (int)retried["status"]!));
        Assert.Null((await app.MeAsync(person))["phoneNumber"]);
    }

    private async Task FillAsync(Person person)
    {
        using var profile = await app.SendAsync(
            person, HttpMethod.Patch, "api/users/me", new { nickname = "Somebody", avatarUrl = "https://a.example/a.png" });
        await app.OkAsync(profile);
        using var phone = await app.SendAsync(
            person, HttpMethod.Post, "api/users/me/phone", new { code = (string)(await app.PhoneButtonAsync(person.Name))["code"]! });
        await app.OkAsync(phone);
    }
}
