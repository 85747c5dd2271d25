using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Upgrade;

/// <summary>While nodes are replaced, users go from one release to the other with each request, and must not notice.</summary>
public sealed class RollingUpgradeTests(UpgradeApp app) : IClassFixture<UpgradeApp>
{
    private static readonly TimeSpan KillSwitch = TimeSpan.FromSeconds(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Phones_that_go_from_one_release_to_the_other_with_each_request_are_answered_as_by_one()
    {
        var phones = new Phones(app, app.Errors, app.NodeOf(Release.This), app.NodeOf(Release.Earlier));
        var watch = Stopwatch.StartNew();

        await phones.UseAsync(phones: 4, days: 6);

        TestContext.Current.TestOutputHelper!.WriteLine($"{phones.Answers} answers in {watch.Elapsed.TotalSeconds:F1} s");
    }

    [Theory]
    [InlineData(Release.This, Release.Earlier, "logout")]
    [InlineData(Release.Earlier, Release.This, "logout")]
    [InlineData(Release.This, Release.Earlier, "revoke")]
    [InlineData(Release.Earlier, Release.This, "revoke")]
    [InlineData(Release.This, Release.Earlier, "disable")]
    [InlineData(Release.Earlier, Release.This, "disable")]
    public async Task A_session_ended_on_one_release_is_refused_on_the_other_within_a_second(Release ended, Release asked, string way)
    {
        var login = await LoginAsync(asked, $"ends-{way}-{ended}");
        var token = (string)login["accessToken"]!;
        Assert.Equal(200, await StatusAsync(asked, token));

        var end = await EndAsync(ended, login, way);

        Assert.Equal(204, end);
        await Eventually.TrueAsync(async () => await StatusAsync(asked, token) == 401, KillSwitch, "refused on the other release");
        using var refresh = await PostAsync(asked, "api/auth/refresh", new { refreshToken = (string)login["refreshToken"]! });
        await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked");
    }

    [Theory]
    [InlineData(Release.This, Release.Earlier)]
    [InlineData(Release.Earlier, Release.This)]
    public async Task A_refresh_token_of_one_release_goes_on_in_its_lineage_on_the_other(Release first, Release second)
    {
        var login = await LoginAsync(first, $"lineage-{first}");
        var used = (string)login["refreshToken"]!;

        var next = await RefreshAsync(second, used);
        var again = await RefreshAsync(first, used);
        var last = await RefreshAsync(first, (string)next["refreshToken"]!);

        Assert.Equal((string?)login["sessionId"], (string?)next["sessionId"]);
        Assert.Equal((string?)login["sessionId"], (string?)last["sessionId"]);
        // Used twice within the grace period: the same successor, whoever is asked.
        Assert.Equal((string?)next["refreshToken"], (string?)again["refreshToken"]);
        Assert.NotEqual((string?)next["refreshToken"], (string?)last["refreshToken"]);
        Assert.Equal(200, await StatusAsync(second, (string)last["accessToken"]!));
    }

    [Fact]
    public async Task First_logins_of_one_openid_on_both_releases_at_once_make_one_user()
    {
        for (var round = 0; round < 20; round++)
        {
            var user = $"first-{round}";
            var codes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => app.CodeAsync(user)));

            var logins = await Task.WhenAll(codes.Select((code, i) => LoginWithAsync(i % 2 == 0 ? Release.This : Release.Earlier, code)));

            var id = Assert.Single(logins.Select(login => (string)login["user"]!["id"]!).Distinct(StringComparer.Ordinal));
            Assert.Single(logins, login => (bool)login["isNewUser"]!);
            Assert.Equal(6L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{id}' AND ended_at IS NULL"));
        }

        Assert.Equal(0L, await app.ScalarAsync<long>("""
            SELECT count(*) FROM users u
            WHERE user_name IS NULL AND status = 'active' AND NOT EXISTS (SELECT FROM wechat_identities WHERE user_id = u.id)
            """));
    }

    [Theory]
    [InlineData(Release.This, Release.Earlier)]
    [InlineData(Release.Earlier, Release.This)]
    public async Task No_session_is_left_to_a_user_who_is_disabled_on_one_release_while_he_logs_in_on_the_other(
        Release disabling, Release logging)
    {
        var administrator = await app.AdminTokenAsync($"disabling.{disabling}");
        for (var round = 0; round < 10; round++)
        {
            var user = $"disabled-{disabling}-{round}";
            var id = (string)(await LoginAsync(logging, user))["user"]!["id"]!;
            var codes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.CodeAsync(user)));

            var logins = codes.Select(code => StatusOfLoginAsync(logging, code)).ToList();
            var disabled = await DisableAsync(disabling, id, administrator);

            Assert.All(await Task.WhenAll(logins), status => Assert.True(status is 200 or 403, $"{status}\n{app.Errors()}"));
            Assert.Equal(204, disabled);
            Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{id}' AND ended_at IS NULL"));
        }
    }

    [Fact]
    public async Task Each_login_is_told_once_in_the_audit_list_whichever_release_it_went_to()
    {
        Release[] releases = [Release.Earlier, Release.This, Release.Earlier, Release.This];
        var sessions = new List<string>();
        var user = "";
        foreach (var release in releases)
        {
            var login = await LoginAsync(release, "audited");
            sessions.Add((string)login["sessionId"]!);
            user = (string)login["user"]!["id"]!;
        }

        using var response = await app.SendAsync(
            HttpMethod.Get, $"api/admin/audit?userId={user}&type=login", await app.AdminTokenAsync("auditor"));

        await AccountsApp.AssertStatusAsync(response, 200);
        var told = (await WxAuthApp.JsonAsync(response))["items"]!.AsArray().Select(item => (string)item!["sessionId"]!);
        // Newest first.
        Assert.Equal(sessions, told.Reverse());
    }

    private async Task<int> EndAsync(Release release, JsonObject login, string way)
    {
        if (way is "disable")
        {
            return await DisableAsync(release, (string)login["user"]!["id"]!, await app.AdminTokenAsync($"ending.{release}"));
        }

        var (method, path) = way is "logout"
            ? (HttpMethod.Post, "api/auth/logout")
            : (HttpMethod.Delete, $"api/users/me/sessions/{login["sessionId"]}");
        using var response = await app.SendAsync(method, path, (string)login["accessToken"]!, client: app.NodeOf(release));
        return (int)response.StatusCode;
    }

    private async Task<int> DisableAsync(Release release, string userId, string administrator)
    {
        using var response = await app.SendAsync(
            HttpMethod.Post, $"api/admin/users/{userId}/disable", administrator, client: app.NodeOf(release));
        return (int)response.StatusCode;
    }

    private async Task<int> StatusAsync(Release release, string token)
    {
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", token, client: app.NodeOf(release));
        return (int)response.StatusCode;
    }

    private Task<HttpResponseMessage> PostAsync(Release release, string path, object body) =>
        app.NodeOf(release).PostAsync(path, JsonContent.Create(body, body.GetType()), Ct);

    private async Task<JsonObject> LoginAsync(Release release, string user) => await LoginWithAsync(release, await app.CodeAsync(user));

    private Task<JsonObject> LoginWithAsync(Release release, string code) => SucceedAsync(release, "api/auth/login", BodyOf(code));

    private async Task<int> StatusOfLoginAsync(Release release, string code)
    {
        using var response = await PostAsync(release, "api/auth/login", BodyOf(code));
        return (int)response.StatusCode;
    }

    private static object BodyOf(string code) => new { code, appId = WxAuthApp.AppId };

    private Task<JsonObject> RefreshAsync(Release release, string refreshToken) =>
        SucceedAsync(release, "api/auth/refresh", new { refreshToken });

    private async Task<JsonObject> SucceedAsync(Release release, string path, object body)
    {
        using var response = await PostAsync(release, path, body);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, $"{release}: {(int)response.StatusCode} {text}\n{app.Errors()}");
        return await WxAuthApp.JsonAsync(response);
    }
}
