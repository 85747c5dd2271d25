using System.Net;
using System.Net.Http.Json;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Login;

public sealed class UnionIdTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_logins_of_one_person_in_two_apps_at_once_make_one_user()
    {
        for (var round = 0; round < 5; round++)
        {
            var name = $"twin{round}";
            var codes = new List<(string Code, string AppId)>();
            for (var i = 0; i < 8; i++)
            {
                var appId = i % 2 == 0 ? SeveralApps.SecondAppId : SeveralApps.ThirdAppId;
                codes.Add((await app.CodeAsync(name, appId), appId));
            }

            var answers = await Task.WhenAll(codes.Select(one => app.Client.PostAsJsonAsync("api/auth/login", new { code = one.Code, appId = one.AppId }, Ct)));

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            var logins = await Task.WhenAll(answers.Select(WxAuthApp.JsonAsync));
            Assert.Single(logins.Select(login => (string?)login["user"]!["id"]).Distinct(StringComparer.Ordinal));
            Assert.Single(logins, login => (bool)login["isNewUser"]!);
        }
    }

    [Fact]
    public async Task A_late_unionid_moves_a_bare_identity_to_the_person()
    {
        var person = await app.PersonAsync("late", SeveralApps.SecondAppId);
        var bare = await app.PersonAsync("late");
        Assert.NotEqual(person.UserId, bare.UserId);

        await BindAsync();
        var moved = await app.LoginAsync("late");
        await app.WeChat.HealAsync();

        Assert.Equal(person.UserId.ToString(), (string?)moved["user"]!["id"]);
        using var refresh = await app.SendAsync(HttpMethod.Post, "api/auth/refresh", null, new { refreshToken = bare.RefreshToken });
        Assert.Equal("merged", (string?)(await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked"))["reason"]);
        Assert.Equal(1L, await app.AuditedAsync(person, "user_merged"));
    }

    [Fact]
    public async Task A_late_unionid_merges_nobody_who_would_be_missed()
    {
        var person = await app.PersonAsync("conflict", SeveralApps.SecondAppId);
        var other = await app.PersonAsync("conflict");
        using var named = await app.SendAsync(other, HttpMethod.Patch, "api/users/me", new { nickname = "Mine" });

        await BindAsync();
        var kept = await app.LoginAsync("conflict");
        await app.WeChat.HealAsync();

        Assert.Equal(other.UserId.ToString(), (string?)kept["user"]!["id"]);
        Assert.Equal((1L, 0L), (await app.AuditedAsync(other, "unionid_conflict"), await app.AuditedAsync(person, "user_merged")));
        Assert.Equal("Mine", (string?)kept["user"]!["nickname"]);
    }

    [Fact]
    public async Task Late_unionids_at_once_and_an_erasure_between_them_lock_nobody_out()
    {
        for (var round = 0; round < 5; round++)
        {
            var name = $"rush{round}";
            var person = await app.PersonAsync(name, SeveralApps.SecondAppId);
            await app.PersonAsync(name);
            await BindAsync();
            var codes = new List<(string Code, string AppId)>();
            for (var i = 0; i < 6; i++)
            {
                var appId = i % 2 == 0 ? WxAuthApp.AppId : SeveralApps.ThirdAppId;
                codes.Add((await app.CodeAsync(name, appId), appId));
            }

            var logins = codes.Select(one => app.Client.PostAsJsonAsync("api/auth/login", new { code = one.Code, appId = one.AppId }, Ct)).ToArray();
            using var erased = await app.SendAsync(person, HttpMethod.Delete, "api/users/me");
            var answers = await Task.WhenAll(logins);
            await app.WeChat.HealAsync();

            Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
            Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK, app.Logs.Errors()));
        }
    }

    private Task BindAsync() =>
        app.WeChat.FailAsync(new { kind = "bind_open_platform", appId = WxAuthApp.AppId, openPlatform = SeveralApps.OpenPlatform });
}
