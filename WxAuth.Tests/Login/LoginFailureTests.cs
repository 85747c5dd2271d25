using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Login;

/// <summary>Every way in which a login can fail.</summary>
public sealed class LoginFailureTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Fault of WeChat, and the status, code, action and Retry-After that it leads to.</summary>
    public static TheoryData<string, int, string, string, string?> Faults()
    {
        var data = new TheoryData<string, int, string, string, string?>
        {
            { """{"kind":"user_blocked","errcode":40226}""", 403, "user_blocked_by_wechat", "contact_support", null },
            { """{"kind":"user_blocked","errcode":50002}""", 403, "user_blocked_by_wechat", "contact_support", null },
            { """{"kind":"errcode","errcode":40029}""", 401, "code_invalid", "login_again", null },
            { """{"kind":"errcode","errcode":40163}""", 401, "code_used", "login_again", null },
            { """{"kind":"rate_limited"}""", 429, "rate_limited", "retry_later", "60" },
            { """{"kind":"quota_exhausted"}""", 429, "rate_limited", "retry_later", "60" },
            { """{"kind":"html","status":200}""", 502, "wechat_bad_response", "login_again", "5" },
            { """{"kind":"empty_body"}""", 502, "wechat_bad_response", "login_again", "5" },
            { """{"kind":"truncated_json"}""", 502, "wechat_bad_response", "login_again", "5" },
            { """{"kind":"errcode","errcode":12345}""", 502, "wechat_bad_response", "login_again", "5" },
            { """{"kind":"html"}""", 503, "wechat_unavailable", "login_again", "5" },
            { """{"kind":"connection_reset"}""", 503, "wechat_unavailable", "login_again", "5" },
            { """{"kind":"reply_lost"}""", 503, "wechat_unavailable", "login_again", "5" },
        };
        foreach (var errcode in (int[])[40013, 40125, 41002, 41004, 40164, 40243, 48001, 61004, 89503, 89506, 89507])
        {
            data.Add($$"""{"kind":"errcode","errcode":{{errcode}}}""", 500, "wechat_rejected_app", "contact_support", null);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_WeChat_is_told_in_the_users_language(string fault, int status, string code, string action, string? retryAfter)
    {
        // The breaker counts the faults of ten seconds.
        app.Time.Advance(TimeSpan.FromSeconds(11));
        var json = JsonNode.Parse(fault)!.AsObject();
        (json["call"], json["user"], json["times"]) = ("jscode2session", "faulty", 2);
        await app.WeChat.FailAsync(json);

        using var chinese = await LoginAsync(await app.CodeAsync("faulty"), "zh-CN");
        using var english = await LoginAsync(await app.CodeAsync("faulty"), "en-GB,zh;q=0.5");
        using var healed = await LoginAsync(await app.CodeAsync("faulty"), "en");

        var problems = new[] { await WxAuthApp.AssertProblemAsync(chinese, status, code), await WxAuthApp.AssertProblemAsync(english, status, code) };
        Assert.All(problems, problem => Assert.Equal(action, (string?)problem["action"]));
        Assert.Contains((string)problems[0]["title"]!, letter => letter >= 0x4E00);
        Assert.DoesNotContain((string)problems[1]["title"]! + (string)problems[1]["detail"]!, letter => letter > 0x7E);
        Assert.Equal(["zh-CN", "en"], new[] { chinese, english }.Select(response => response.Content.Headers.ContentLanguage.Single()));
        Assert.All([chinese, english], response => Assert.Equal(retryAfter, response.Headers.RetryAfter?.ToString()));
        Assert.All([chinese, english], response => Assert.Equal(status == 401, response.Headers.WwwAuthenticate.ToString() == "Bearer"));
        Assert.Equal(200, (int)healed.StatusCode);
    }

    [Fact]
    public async Task An_app_that_WeChat_refuses_is_critical_to_the_operator_and_no_news_to_the_client()
    {
        await app.WeChat.FailAsync(new { kind = "ip_refused", call = "jscode2session", user = "operator", times = 1 });

        using var response = await LoginAsync(await app.CodeAsync("operator"), "en");

        var problem = await WxAuthApp.AssertProblemAsync(response, 500, "wechat_rejected_app");
        Assert.DoesNotContain("40164", problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(app.Logs.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("40164", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disabled_user_is_refused_and_the_refusal_is_audited()
    {
        var userId = (string)(await app.LoginAsync("disabled"))["user"]!["id"]!;
        await app.ScalarAsync<int>($"UPDATE users SET status = 'disabled' WHERE id = '{userId}'");

        using var response = await LoginAsync(await app.CodeAsync("disabled"), "en");

        var problem = await WxAuthApp.AssertProblemAsync(response, 403, "user_disabled");
        Assert.Equal("contact_support", (string?)problem["action"]);
        Assert.Equal(1L, await app.ScalarAsync<long>(
            $"SELECT count(*) FROM audit_events WHERE type = 'login_refused' AND user_id = '{userId}' AND detail ->> 'reason' = 'user_disabled'"));
    }

    [Theory]
    [InlineData("code_invalid", "00000000000000000000000000000000", WxAuthApp.AppId, 401)]
    [InlineData("app_unknown", "00000000000000000000000000000000", "wx0000000000000009", 400)]
    [InlineData("app_unknown", "00000000000000000000000000000000", "", 400)]
    public async Task A_code_or_an_app_that_nobody_knows_is_refused(string problemCode, string code, string appId, int status)
    {
        using var response = await app.Client.PostAsJsonAsync("api/auth/login", new { code, appId }, Ct);

        await WxAuthApp.AssertProblemAsync(response, status, problemCode);
    }

    [Theory]
    [InlineData("""{}""", "code")]
    [InlineData("""{"code":null}""", "code")]
    [InlineData("""{"code":""}""", "code")]
    [InlineData("""{"code":"a b"}""", "code")]
    [InlineData("""{"code":"a\u0000b"}""", "code")]
    [InlineData("""{"code":"é"}""", "code")]
    [InlineData("""{"code":"a","phoneCode":""}""", "phoneCode")]
    [InlineData("""{"code":"a","phoneCode":"\u0000"}""", "phoneCode")]
    [InlineData("""{"code":"a","appId":"wx\u0000"}""", "appId")]
    public async Task A_bad_value_is_named(string json, string field)
    {
        using var response = await SendAsync(json);

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
        Assert.Equal("fix_request", (string?)problem["action"]);
    }

    [Theory]
    [InlineData(256, 401, "code_invalid")]
    [InlineData(257, 400, "validation_failed")]
    public async Task A_code_has_at_most_256_characters(int length, int status, string problemCode)
    {
        using var response = await SendAsync($$"""{"code":"{{new string('a', length)}}"}""");

        await WxAuthApp.AssertProblemAsync(response, status, problemCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("\"code\"")]
    [InlineData("""{"code":1}""")]
    [InlineData("""{"code":{"a":1}}""")]
    [InlineData("""{"code":"\ud800"}""")]
    [InlineData("""{"code":"a"} {}""")]
    public async Task What_is_no_login_request_is_malformed(string json)
    {
        using var response = await SendAsync(json);

        await WxAuthApp.AssertProblemAsync(response, 400, "malformed_request");
    }

    [Theory]
    [InlineData("text/plain", 415, "unsupported_media_type")]
    [InlineData("application/x-www-form-urlencoded", 415, "unsupported_media_type")]
    [InlineData("application/json; charset=utf-8", 401, "code_invalid")]
    public async Task Only_JSON_is_read(string contentType, int status, string problemCode)
    {
        using var response = await SendAsync("""{"code":"a"}""", contentType);

        await WxAuthApp.AssertProblemAsync(response, status, problemCode);
    }

    private async Task<HttpResponseMessage> LoginAsync(string code, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code }) };
        request.Headers.Add("Accept-Language", language);
        return await app.Client.SendAsync(request, Ct);
    }

    private Task<HttpResponseMessage> SendAsync(string json, string contentType = "application/json") =>
        app.Client.PostAsync("api/auth/login", new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)), Ct);
}
