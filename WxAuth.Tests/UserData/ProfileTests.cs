using System.Net;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.UserData;

public sealed class ProfileTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private const string Route = "api/users/me/profile";

    [Fact]
    public async Task A_signed_profile_is_kept_and_audited()
    {
        var person = await app.PersonAsync("profile");
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, await app.UserInfoAsync(person));

        var user = await app.OkAsync(response);
        Assert.Equal("profile", (string?)user["nickname"]);
        Assert.StartsWith("https://thirdwx.qlogo.cn/", (string?)user["avatarUrl"], StringComparison.Ordinal);
        Assert.Equal("profile", (string?)(await app.MeAsync(person))["nickname"]);
        Assert.Equal(1L, await app.AuditedAsync(person, "profile_changed"));
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task The_placeholder_and_its_picture_change_nothing()
    {
        var person = await app.PersonAsync("named");
        using var named = await app.SendAsync(person, HttpMethod.Post, Route, await app.UserInfoAsync(person));
        var before = await app.OkAsync(named);
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, await app.UserInfoAsync(person, "&profile=anonymous"));

        Assert.True(JsonNode.DeepEquals(before, await app.OkAsync(response)));
        Assert.Equal(1L, await app.AuditedAsync(person, "profile_changed"));
    }

    [Fact]
    public async Task What_does_not_fit_is_left_out()
    {
        var person = await app.PersonAsync("misfit");
        var watermark = new { appid = WxAuthApp.AppId };
        var (good, goodIv) = await app.EncryptAsync(person, new { nickName = "小明🎉", avatarUrl = "https://a.example/1.png", watermark });
        using var first = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData = good, iv = goodIv });
        await app.OkAsync(first);

        foreach (var (nickName, avatarUrl) in new[]
        {
            (new string('长', 65), "http://a.example/2.png"), ("a\0b", "https://a.example/" + new string('a', 2048)), ("", ""), ("", "javascript:alert(1)"),
        })
        {
            var (data, iv) = await app.EncryptAsync(person, new { nickName, avatarUrl, watermark });
            using var response = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData = data, iv });
            var user = await app.OkAsync(response);
            Assert.Equal(("小明🎉", "https://a.example/1.png"), ((string?)user["nickname"], (string?)user["avatarUrl"]));
        }
    }

    [Theory]
    [InlineData("http://wx.qlogo.cn/mmopen/vi_32/a1b2/132", "https://wx.qlogo.cn/mmopen/vi_32/a1b2/132")]
    [InlineData("HTTP://ThirdWX.qlogo.cn:80/a?b=%20c", "https://thirdwx.qlogo.cn/a?b=%20c")]
    [InlineData("https://thirdwx.qlogo.cn/a", "https://thirdwx.qlogo.cn/a")]
    [InlineData("http://wx.qlogo.cn:8080/a", null)]
    [InlineData("http://someone@wx.qlogo.cn/a", null)]
    [InlineData("http://wx.qlogo.cn@a.example/a", null)]
    [InlineData("http://wx.qlogo.cn.a.example/a", null)]
    [InlineData("http://evilqlogo.cn/a", null)]
    [InlineData("http://a.example/.qlogo.cn", null)]
    public async Task A_picture_at_WeChats_own_server_is_kept_as_https(string avatarUrl, string? kept)
    {
        var person = await app.PersonAsync("pictured");
        using var bare = await app.SendAsync(person, HttpMethod.Patch, "api/users/me", new { avatarUrl = (string?)null });
        var (data, iv) = await app.EncryptAsync(person, new { nickName = "n", avatarUrl, watermark = new { appid = WxAuthApp.AppId } });

        using var response = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData = data, iv });

        Assert.Equal(kept, (string?)(await app.OkAsync(response))["avatarUrl"]);
    }

    [Fact]
    public async Task A_wrong_signature_is_refused()
    {
        var person = await app.PersonAsync("forger");
        var info = await app.UserInfoAsync(person);
        info["rawData"] = ((string)info["rawData"]!).Replace("forger", "boss", StringComparison.Ordinal);
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, info);

        await WxAuthApp.AssertProblemAsync(response, 400, "signature_invalid");
        Assert.Null((string?)(await app.MeAsync(person))["nickname"]);
    }

    [Theory]
    [InlineData("rawData", "signature")]
    [InlineData("signature", "rawData")]
    [InlineData("rawData,signature,iv", "iv")]
    [InlineData("rawData,signature,encryptedData", "encryptedData")]
    public async Task Half_of_what_belongs_together_is_named(string removed, string field)
    {
        var person = await app.PersonAsync("half");
        var info = await app.UserInfoAsync(person);
        foreach (var name in removed.Split(','))
        {
            info.Remove(name);
        }

        using var response = await app.SendAsync(person, HttpMethod.Post, Route, info);

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        var expected = removed is "rawData" or "signature" ? removed : field;
        Assert.Equal([expected], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData("not base64", "AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", "AAAA")]
    [InlineData("AAAA", "AAAAAAAAAAAAAAAAAAAAAA==")]
    public async Task Data_of_a_wrong_shape_is_refused(string encryptedData, string iv)
    {
        var person = await app.PersonAsync("shape");
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData, iv });

        await WxAuthApp.AssertProblemAsync(response, 400, "encrypted_data_invalid");
    }

    [Fact]
    public async Task Data_under_a_key_that_the_server_never_had_needs_a_new_login()
    {
        var person = await app.PersonAsync("stale");
        await app.WeChat.FailAsync(new { kind = "rotate_session_key", user = person.Name, appId = WxAuthApp.AppId });
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, await app.UserInfoAsync(person));

        var problem = await WxAuthApp.AssertProblemAsync(response, 409, "session_key_stale");
        Assert.Equal("login_again", (string?)problem["action"]);
    }

    [Fact]
    public async Task Data_whose_openid_was_changed_on_the_way_is_another_users()
    {
        var person = await app.PersonAsync("malleable");
        var info = await app.UserInfoAsync(person);
        var iv = Convert.FromBase64String((string)info["iv"]!);
        iv[13] ^= 1; // within {"openId":"o...: CBC lets the first block be rewritten
        using var response = await app.SendAsync(
            person, HttpMethod.Post, Route, new { encryptedData = (string?)info["encryptedData"], iv = Convert.ToBase64String(iv) });

        await WxAuthApp.AssertProblemAsync(response, 400, "watermark_mismatch");
    }

    [Fact]
    public async Task Data_of_another_app_is_refused()
    {
        var person = await app.PersonAsync("elsewhere");
        var (encryptedData, iv) = await app.EncryptAsync(person, new { nickName = "x", watermark = new { appid = SeveralApps.SecondAppId } });
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData, iv });

        await WxAuthApp.AssertProblemAsync(response, 400, "watermark_mismatch");
    }

    [Theory]
    [InlineData("POST", Route)]
    [InlineData("POST", "api/users/me/phone")]
    [InlineData("GET", "api/users/me/wechat-session")]
    public async Task A_session_without_WeChat_has_no_key(string method, string path)
    {
        var person = await app.PersonAsync("password" + path.Length);
        object? body = method is "GET" ? null
            : path == Route ? await app.UserInfoAsync(person)
            : new { code = (string)(await app.PhoneButtonAsync(person.Name))["code"]! };
        var calls = await app.WeChat.CallsAsync("getuserphonenumber");
        using var byPassword = await app.SendAsync(new HttpMethod(method), path, app.PasswordToken(person), body);
        await app.ScalarAsync<int>($"DELETE FROM wechat_identities WHERE user_id = '{person.UserId}'");
        using var withoutIdentity = await app.SendAsync(new HttpMethod(method), path, person.AccessToken, body);

        await WxAuthApp.AssertProblemAsync(byPassword, 409, "session_key_stale");
        await WxAuthApp.AssertProblemAsync(withoutIdentity, 409, "session_key_stale");
        Assert.Equal(calls, await app.WeChat.CallsAsync("getuserphonenumber"));
    }

    [Fact]
    public async Task The_session_at_WeChat_is_valid_until_its_key_is_replaced()
    {
        var person = await app.PersonAsync("session");
        using var before = await app.SendAsync(person, HttpMethod.Get, "api/users/me/wechat-session");
        await app.WeChat.FailAsync(new { kind = "rotate_session_key", user = person.Name, appId = WxAuthApp.AppId });
        using var after = await app.SendAsync(person, HttpMethod.Get, "api/users/me/wechat-session");

        Assert.Equal("""{"valid":true}""", (await app.OkAsync(before)).ToJsonString());
        Assert.Equal("""{"valid":false}""", (await app.OkAsync(after)).ToJsonString());
    }

    [Fact]
    public async Task Logins_that_race_with_data_fetched_just_before_spoil_none()
    {
        var person = await app.PersonAsync("racer");
        for (var i = 0; i < 40; i++)
        {
            var info = await app.UserInfoAsync(person);
            var phone = await app.PhoneButtonAsync(person.Name);
            await app.WeChat.FailAsync(new { kind = "rotate_session_key", user = person.Name, appId = WxAuthApp.AppId });

            var login = app.LoginAsync(person.Name);
            var profile = app.SendAsync(person, HttpMethod.Post, Route, info);
            var number = app.SendAsync(
                person, HttpMethod.Post, "api/users/me/phone", new { encryptedData = (string?)phone["encryptedData"], iv = (string?)phone["iv"] });
            await Task.WhenAll(login, profile, number);

            using var profileAnswer = await profile;
            using var numberAnswer = await number;
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (profileAnswer.StatusCode, numberAnswer.StatusCode));
            // The session limit ends the one used least lately: go on with the newest, and let it be newer than the others.
            app.Time.Advance(TimeSpan.FromMilliseconds(1));
            person = Person.From(person.Name, await login);
        }
    }
}
