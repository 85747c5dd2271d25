using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace WxAuth.Tests.Simulator;

public sealed class FaultTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_errcode_is_answered_as_often_as_asked_for_and_uses_no_code_up()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "errcode", call = "jscode2session", errcode = -1, times = 2 });

        var errcodes = new[] { await ErrcodeAsync(wechat, code), await ErrcodeAsync(wechat, code), await ErrcodeAsync(wechat, code) };

        Assert.Equal([-1, -1, 0], errcodes);
    }

    [Fact]
    public async Task An_errcode_can_use_the_code_up()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "system_busy", times = 1, consume = true });

        Assert.Equal(-1, await ErrcodeAsync(wechat, code));
        Assert.Equal(40163, await ErrcodeAsync(wechat, code));
    }

    [Theory]
    [InlineData("rate_limited", 45011)]
    [InlineData("quota_exhausted", 45009)]
    [InlineData("ip_refused", 40164)]
    public async Task A_kind_stands_for_an_errcode(string kind, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind });

        Assert.Equal(errcode, SimulatorHost.Errcode(await wechat.StableTokenAsync()));
    }

    [Fact]
    public async Task A_lost_reply_breaks_the_connection_after_the_code_was_used_up()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "reply_lost", times = 1 });

        await Assert.ThrowsAsync<HttpRequestException>(() => wechat.ExchangeAsync(code));

        Assert.Equal(40163, await ErrcodeAsync(wechat, code));
    }

    [Fact]
    public async Task A_reset_connection_leaves_the_code_good()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "connection_reset", times = 1 });

        await Assert.ThrowsAsync<HttpRequestException>(() => wechat.ExchangeAsync(code));

        Assert.Equal(0, await ErrcodeAsync(wechat, code));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_delayed_answer_comes_when_its_time_has_come()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "delay", delayMs = 4000, times = 1 });

        var exchange = wechat.ExchangeAsync(code);
        await wechat.Time.WhenTimerIsSetAsync(TimeSpan.FromSeconds(4), Ct);
        var second = await ErrcodeAsync(wechat, code);
        wechat.Time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(40163, second);
        Assert.Equal(0, SimulatorHost.Errcode(await exchange));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hanging_call_ends_with_its_client()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.FaultAsync(new { kind = "hang", times = 1 });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var exchange = wechat.Client.GetAsync("simulator/" + SimulatorHost.ExchangePath(code), patience.Token);
        await wechat.Time.WhenTimerIsSetAsync(TimeSpan.FromMinutes(10), Ct);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange);
        Assert.Equal(40163, await ErrcodeAsync(wechat, code));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadGateway)]
    [InlineData(200, HttpStatusCode.OK)]
    public async Task A_page_of_html_comes_instead_of_json(int? status, HttpStatusCode expected)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "html", status });

        using var response = await RawAsync(wechat, "x");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("<html>", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_body_comes_with_200()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "empty_body" });

        using var response = await RawAsync(wechat, "x");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task Truncated_json_stops_in_the_middle()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "truncated_json" });

        var text = await TextAsync(wechat, await wechat.LoginCodeAsync("alice"));

        Assert.StartsWith("{\"session_key\"", text, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(text));
    }

    [Fact]
    public async Task A_byte_order_mark_stands_before_the_json()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "bom" });

        using var response = await RawAsync(wechat, await wechat.LoginCodeAsync("alice"));

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{'], (await response.Content.ReadAsByteArrayAsync(Ct))[..4]);
    }

    [Theory]
    [InlineData("errcode_zero", "\"errcode\":0,\"errmsg\":\"ok\"}")]
    [InlineData("errcode_string", "\"errcode\":\"0\",\"errmsg\":\"ok\"}")]
    [InlineData("expires_in", "\"expires_in\":7200}")]
    public async Task A_success_can_look_as_it_did_once(string kind, string end)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind });

        Assert.EndsWith(end, await TextAsync(wechat, await wechat.LoginCodeAsync("alice")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_can_have_its_errcode_as_text()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "errcode_string" });

        Assert.StartsWith("{\"errcode\":\"40029\",\"errmsg\":\"invalid code, rid: ", await TextAsync(wechat, "x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manners_go_together_with_each_other_and_with_an_ending()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "old_hints" });
        await wechat.FaultAsync(new { kind = "escaped_slash" });
        await wechat.FaultAsync(new { kind = "errcode", errcode = 40029, errmsg = "and/or" });

        Assert.Matches("""^\{"errcode":40029,"errmsg":"and\\/or, hints: \[ req_id: [0-9a-f]{16} \]"\}$""", await TextAsync(wechat, "x"));
    }

    [Fact]
    public async Task Two_endings_come_one_after_the_other()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "errcode", errcode = -1, times = 1 });
        await wechat.FaultAsync(new { kind = "errcode", errcode = 45011, times = 1 });

        var errcodes = new[] { await ErrcodeAsync(wechat, "x"), await ErrcodeAsync(wechat, "x"), await ErrcodeAsync(wechat, "x") };

        Assert.Equal([-1, 45011, 40029], errcodes);
    }

    [Fact]
    public async Task A_fault_of_one_user_leaves_the_others_alone()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "rate_limited", user = "alice" });

        Assert.Equal(0, await ErrcodeAsync(wechat, await wechat.LoginCodeAsync("bob")));
        Assert.Equal(45011, await ErrcodeAsync(wechat, await wechat.LoginCodeAsync("alice")));
    }

    [Fact]
    public async Task A_fault_of_one_call_leaves_the_others_alone()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "system_busy", call = "getuserphonenumber" });
        var path = $"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}";

        Assert.Equal(-1, SimulatorHost.Errcode(await wechat.PostAsync(path, new { code = await wechat.PhoneCodeAsync("alice") })));
    }

    [Theory]
    [InlineData(null, 40226)]
    [InlineData(50002, 50002)]
    public async Task A_blocked_user_is_refused_after_the_code_was_looked_at(int? errcode, int expected)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "user_blocked", user = "alice", errcode });
        var code = await wechat.LoginCodeAsync("alice");

        Assert.Equal(expected, await ErrcodeAsync(wechat, code));
        Assert.Equal(40163, await ErrcodeAsync(wechat, code));
        Assert.Equal(0, await ErrcodeAsync(wechat, await wechat.LoginCodeAsync("bob")));
    }

    [Fact]
    public async Task Another_node_can_invalidate_the_access_token()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var token = await wechat.AccessTokenAsync();

        await wechat.FaultAsync(new { kind = "token_invalidated" });

        Assert.Equal(40001, await wechat.ErrcodeWithTokenAsync(token));
        Assert.Equal(0, await wechat.ErrcodeWithTokenAsync(await wechat.AccessTokenAsync()));
    }

    [Fact]
    public async Task A_unionid_appears_while_the_app_is_bound_to_an_open_platform_account()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var before = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"));
        await wechat.FaultAsync(new { kind = "bind_open_platform", openPlatform = "one" });
        var bound = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"));
        await wechat.FaultAsync(new { kind = "unbind_open_platform" });
        var after = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"));

        Assert.False(before.TryGetProperty("unionid", out _));
        Assert.True(bound.TryGetProperty("unionid", out _));
        Assert.False(after.TryGetProperty("unionid", out _));
    }

    [Fact]
    public async Task A_quota_refuses_what_is_over_it_until_the_next_minute()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "quota", call = "jscode2session", limit = 1 });
        var code = await wechat.LoginCodeAsync("alice");

        var (first, second) = (await ErrcodeAsync(wechat, "x"), await ErrcodeAsync(wechat, code));
        wechat.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((40029, 45011), (first, second));
        Assert.Equal(0, await ErrcodeAsync(wechat, code));
    }

    [Fact]
    public async Task Active_faults_are_listed_and_cleared()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        await wechat.FaultAsync(new { kind = "errcode", call = "jscode2session", errcode = -1, times = 2 });
        await wechat.FaultAsync(new { kind = "bind_open_platform", openPlatform = "one" });
        await ErrcodeAsync(wechat, "x");

        var listed = (await wechat.GetAsync("faults")).GetRawText();
        using var cleared = await wechat.Client.DeleteAsync("simulator/faults", Ct);

        Assert.Equal(
            """{"faults":[{"id":1,"kind":"errcode","call":"jscode2session","errcode":-1,"remaining":1},"""
                + $$"""{"id":2,"kind":"bind_open_platform","appId":"{{SimulatorHost.First.AppId}}"}]}""",
            listed);
        Assert.Equal(HttpStatusCode.NoContent, cleared.StatusCode);
        Assert.Equal("""{"faults":[]}""", (await wechat.GetAsync("faults")).GetRawText());
        Assert.False((await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"))).TryGetProperty("unionid", out _));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"kind":"earthquake"}""")]
    [InlineData("""{"kind":"html","colour":"red"}""")]
    [InlineData("""{"kind":"html","call":"jscode3session"}""")]
    [InlineData("""{"kind":"html","status":99}""")]
    [InlineData("""{"kind":"html","status":204}""")]
    [InlineData("""{"kind":"html","times":0}""")]
    [InlineData("""{"kind":"html","appId":"wx9"}""")]
    [InlineData("""{"kind":"html","call":"stable_token","user":"alice"}""")]
    [InlineData("""{"kind":"errcode"}""")]
    [InlineData("""{"kind":"errcode","errcode":0}""")]
    [InlineData("""{"kind":"delay"}""")]
    [InlineData("""{"kind":"delay","delayMs":600001}""")]
    [InlineData("""{"kind":"user_blocked"}""")]
    [InlineData("""{"kind":"user_blocked","user":"alice","errcode":1}""")]
    [InlineData("""{"kind":"rotate_session_key"}""")]
    [InlineData("""{"kind":"rotate_session_key","user":"alice","times":1}""")]
    [InlineData("""{"kind":"bind_open_platform"}""")]
    [InlineData("""{"kind":"quota","limit":1}""")]
    public async Task A_wrong_request_is_told_why_and_changes_nothing(string body)
    {
        await using var wechat = await SimulatorHost.StartAsync();

        using var response = await wechat.Client.PostAsync("simulator/faults", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty((await response.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("message").GetString()!);
        Assert.Equal("""{"faults":[]}""", (await wechat.GetAsync("faults")).GetRawText());
    }

    private static async Task<int> ErrcodeAsync(SimulatorHost wechat, string code) => SimulatorHost.Errcode(await wechat.ExchangeAsync(code));

    private static Task<HttpResponseMessage> RawAsync(SimulatorHost wechat, string code) =>
        wechat.Client.GetAsync("simulator/" + SimulatorHost.ExchangePath(code), Ct);

    private static async Task<string> TextAsync(SimulatorHost wechat, string code)
    {
        using var response = await RawAsync(wechat, code);
        return await response.Content.ReadAsStringAsync(Ct);
    }
}
