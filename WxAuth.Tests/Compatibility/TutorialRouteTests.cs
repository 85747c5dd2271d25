using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Compatibility;

/// <summary>What the clients of the tutorials do with each answer, line by line.</summary>
public sealed class TutorialRouteTests(TwoAppsApp app) : IClassFixture<TwoAppsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_login_answers_a_token_that_works_and_the_openid()
    {
        // wx.request({ url: '/login', method: 'POST', data: { code }, success(res) { wx.setStorageSync('token', res.data.token) } })
        using var response = await app.Client.PostAsJsonAsync("login", new { code = await app.CodeAsync("post") }, Ct);
        var data = await WxAuthApp.JsonAsync(response);
        var storage = (string?)data["token"];

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertMembers(data, "message", "openid", "token");
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", storage);
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        var userId = (string)(await WxAuthApp.JsonAsync(me))["id"]!;
        Assert.Equal(await app.ScalarAsync<string>($"SELECT open_id FROM wechat_identities WHERE user_id = '{userId}'"), (string?)data["openid"]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"code": null}""")]
    [InlineData("""{"code": ""}""")]
    [InlineData("")]
    public async Task Post_login_without_a_code_says_so(string body)
    {
        using var response = await app.Client.PostAsync("login", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("""{"message":"Missing code"}""", await response.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [InlineData("""{"code": "nobody-gave-this"}""")]
    [InlineData("""{"code": 7}""")]
    [InlineData("""{"code": "two words"}""")]
    [InlineData("no JSON")]
    public async Task Post_login_that_fails_is_a_500_with_a_message_for_the_toast(string body)
    {
        using var response = await app.Client.PostAsync("login", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        AssertMembers(await WxAuthApp.JsonAsync(response), "message");
    }

    [Fact]
    public async Task Wechatlogin_answers_code_0_and_the_token_in_data()
    {
        // if (res.data.code != 0) { wx.showModal({ content: res.data.msg }); return; } wx.setStorageSync('token', res.data.data.token)
        using var response = await app.Client.PostAsJsonAsync("user/wechatlogin", new { code = await app.CodeAsync("wechatlogin") }, Ct);
        var data = await WxAuthApp.JsonAsync(response);

        AssertMembers(data, "code", "data", "msg");
        Assert.Equal(0, (int)data["code"]!);
        AssertMembers(data["data"]!.AsObject(), "token");
        await AssertSignedInAsync((string?)data["data"]!["token"]);
    }

    [Theory]
    [InlineData("""{"code": "nobody-gave-this"}""")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("no JSON")]
    public async Task Wechatlogin_that_fails_answers_200_with_10001_and_a_text_to_show(string body)
    {
        using var response = await app.Client.PostAsync("user/wechatlogin", new StringContent(body, Encoding.UTF8, "application/json"), Ct);
        var data = await WxAuthApp.JsonAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertMembers(data, "code", "msg");
        Assert.Equal(10001, (int)data["code"]!);
    }

    [Fact]
    public async Task Get_login_answers_code_0_and_a_token_for_x_session()
    {
        // if (res.data.code === 0) { wx.setStorageSync('x-session', res.data.data.token) }
        using var response = await app.Client.GetAsync($"login?code={await app.CodeAsync("get")}", Ct);
        var data = await WxAuthApp.JsonAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertMembers(data, "code", "data", "message");
        Assert.Equal(0, (int)data["code"]!);
        Assert.Equal("success", (string?)data["message"]);
        using var me = await app.WithSessionHeaderAsync("api/users/me", (string)data["data"]!["token"]!);
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
    }

    [Theory]
    [InlineData("login?code=nobody-gave-this")]
    [InlineData("login?code=")]
    [InlineData("login?code=%00")]
    [InlineData("login")]
    public async Task Get_login_that_fails_is_a_401_with_code_1_and_empty_data(string path)
    {
        using var response = await app.Client.GetAsync(path, Ct);
        var data = await WxAuthApp.JsonAsync(response);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        AssertMembers(data, "code", "data", "message");
        Assert.Equal(1, (int)data["code"]!);
        Assert.Equal("", (string?)data["data"]);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task CheckBind_of_a_known_user_answers_code_1_with_user_token_and_menus()
    {
        // if (res.data.code == 1) { app.globalData.userInfo = res.data.userInfo; token = res.data.token; menuList = res.data.menuList }
        using var response = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("bound")}", Ct);
        var data = await WxAuthApp.JsonAsync(response);

        AssertMembers(data, "code", "menuList", "token", "userInfo");
        Assert.Equal(1, (int)data["code"]!);
        Assert.NotNull((string?)data["userInfo"]!["id"]);
        Assert.IsType<JsonArray>(data["menuList"]);
        await AssertSignedInAsync((string?)data["token"]);
    }

    [Theory]
    [InlineData("?code=nobody-gave-this")]
    [InlineData("")]
    public async Task CheckBind_that_fails_answers_code_0_and_a_text_to_show(string query)
    {
        using var response = await app.Client.GetAsync($"mobileApi/user/checkBind{query}", Ct);
        var data = await WxAuthApp.JsonAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertMembers(data, "code", "msg");
        Assert.Equal(0, (int)data["code"]!);
    }

    [Fact]
    public async Task A_broken_wechat_reaches_each_client_in_its_own_form()
    {
        await app.WeChat.FailAsync(new { kind = "html", call = "jscode2session" });
        try
        {
            using var post = await app.Client.PostAsJsonAsync("login", new { code = await app.CodeAsync("broken") }, Ct);
            using var weChatLogin = await app.Client.PostAsJsonAsync("user/wechatlogin", new { code = await app.CodeAsync("broken") }, Ct);
            using var get = await app.Client.GetAsync($"login?code={await app.CodeAsync("broken")}", Ct);
            using var checkBind = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("broken")}", Ct);

            Assert.Equal(HttpStatusCode.InternalServerError, post.StatusCode);
            AssertMembers(await WxAuthApp.JsonAsync(post), "message");
            Assert.Equal(10001, (int)(await WxAuthApp.JsonAsync(weChatLogin))["code"]!);
            Assert.Equal(HttpStatusCode.Unauthorized, get.StatusCode);
            Assert.Equal(1, (int)(await WxAuthApp.JsonAsync(get))["code"]!);
            Assert.Equal(0, (int)(await WxAuthApp.JsonAsync(checkBind))["code"]!);
        }
        finally
        {
            await app.WeChat.HealAsync();
        }
    }

    [Theory]
    [InlineData("zh-CN", "\\p{IsCJKUnifiedIdeographs}")]
    [InlineData("en", "^[ -~]+$")]
    public async Task The_text_to_show_is_in_the_language_of_the_phone(string language, string pattern)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "mobileApi/user/checkBind?code=nobody-gave-this");
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(language));

        using var response = await app.Client.SendAsync(request, Ct);

        Assert.Matches(pattern, (string)(await WxAuthApp.JsonAsync(response))["msg"]!);
    }

    [Fact]
    public async Task No_answer_holds_a_session_key_and_none_may_be_kept_by_a_cache()
    {
        using var response = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("careful")}", Ct);
        using var failed = await app.Client.GetAsync("login?code=nobody-gave-this", Ct);

        Assert.DoesNotContain("session", await response.Content.ReadAsStringAsync(Ct), StringComparison.OrdinalIgnoreCase);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.True(failed.Headers.CacheControl?.NoStore);
    }

    private static void AssertMembers(JsonObject data, params string[] names) =>
        Assert.Equal(names, data.Select(member => member.Key).Order(StringComparer.Ordinal));

    private async Task AssertSignedInAsync(string? token)
    {
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
    }
}
