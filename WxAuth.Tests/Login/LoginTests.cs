using System.Net;
using System.Net.Http.Json;

namespace WxAuth.Tests.Login;

public sealed class LoginTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_login_makes_a_user_and_a_second_one_finds_it()
    {
        var first = await app.LoginAsync("first");
        var second = await app.LoginAsync("first");

        Assert.True((bool)first["isNewUser"]!);
        Assert.False((bool)second["isNewUser"]!);
        Assert.Equal((string?)first["user"]!["id"], (string?)second["user"]!["id"]);
        Assert.NotEqual((string?)first["sessionId"], (string?)second["sessionId"]);
    }

    [Fact]
    public async Task A_login_answers_tokens_and_user_as_documented()
    {
        var login = await app.LoginAsync("documented");

        Assert.Equal(
            ["accessToken", "expiresIn", "isNewUser", "refreshExpiresIn", "refreshToken", "sessionId", "tokenType", "user"],
            login.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("Bearer", (string?)login["tokenType"]);
        Assert.Equal(1800, (int)login["expiresIn"]!);
        Assert.Equal(2592000, (int)login["refreshExpiresIn"]!);
        var user = login["user"]!.AsObject();
        Assert.Equal(
            ["avatarUrl", "createdAt", "id", "nickname", "phoneNumber", "roles", "userName"], user.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("2026-11-20T08:00:00Z", (string?)user["createdAt"]);
        Assert.Empty(user["roles"]!.AsArray());
        Assert.Equal(7, Guid.Parse((string)user["id"]!).Version);
    }

    [Fact]
    public async Task A_used_code_is_refused()
    {
        var code = await app.CodeAsync("twice");
        using var first = await app.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct);
        using var second = await app.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var problem = await WxAuthApp.AssertProblemAsync(second, 401, "code_used");
        Assert.Equal("login_again", (string?)problem["action"]);
    }

    [Fact]
    public async Task Two_hundred_first_logins_of_one_openid_at_once_make_one_user()
    {
        var codes = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            codes.Add(await app.CodeAsync("crowd"));
        }

        var responses = await Task.WhenAll(codes.Select(code => app.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct)));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var users = await Task.WhenAll(responses.Select(async response => (string)(await WxAuthApp.JsonAsync(response))["user"]!["id"]!));
        Assert.Single(users.Distinct());
        var userId = users[0];
        Assert.Equal(200L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}'"));
        Assert.Equal(10L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{userId}' AND ended_at IS NULL"));
    }
}
