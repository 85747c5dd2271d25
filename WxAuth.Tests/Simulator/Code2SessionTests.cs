using System.Net;
using System.Text.Json;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests.Simulator;

public sealed class Code2SessionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_becomes_an_openid_and_a_session_key()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");

        using var response = await wechat.Client.GetAsync("simulator/" + SimulatorHost.ExchangePath(code), Ct);
        var session = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));

        Assert.Matches("^[0-9A-Za-z]{32}$", code);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["openid", "session_key"], session.EnumerateObject().Select(member => member.Name).Order());
        Assert.Matches("^o[A-Za-z0-9_-]{27}$", session.GetProperty("openid").GetString());
        Assert.Equal(16, session.GetProperty("session_key").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task A_used_code_is_refused_with_the_id_of_the_request()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.ExchangeAsync(code);

        using var response = await wechat.Client.GetAsync("simulator/" + SimulatorHost.ExchangePath(code), Ct);
        var refusal = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(40163, SimulatorHost.Errcode(refusal));
        // 2026-01-01T08:00:00Z in hex.
        Assert.Matches("^code been used, rid: 69562980-[0-9a-f]{8}-[0-9a-f]{8}$", refusal.GetProperty("errmsg").GetString());
    }

    [Theory]
    [InlineData(299, 0)]
    [InlineData(300, 40029)]
    public async Task A_code_lives_for_five_minutes(int seconds, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");

        wechat.Time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(errcode, SimulatorHost.Errcode(await wechat.ExchangeAsync(code)));
    }

    [Fact]
    public async Task A_used_code_is_still_known_as_used_after_its_end()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.ExchangeAsync(code);

        wechat.Time.Advance(TimeSpan.FromMinutes(9));
        await wechat.LoginCodeAsync("bob");

        Assert.Equal(40163, SimulatorHost.Errcode(await wechat.ExchangeAsync(code)));
    }

    [Fact]
    public async Task An_attempt_by_another_app_is_refused_and_uses_the_code_up()
    {
        await using var wechat = await SimulatorHost.StartWithTwoAppsAsync();
        var code = await wechat.LoginCodeAsync("alice");

        var first = await wechat.ExchangeAsync(code, SimulatorHost.Second);
        var second = await wechat.ExchangeAsync(code, SimulatorHost.First);

        Assert.Equal(40029, SimulatorHost.Errcode(first));
        Assert.Equal(40163, SimulatorHost.Errcode(second));
    }

    [Theory]
    [InlineData("secret=s&js_code=c&grant_type=authorization_code", 41002)]
    [InlineData("appid=a&js_code=c&grant_type=authorization_code", 41004)]
    [InlineData("appid=a&secret=s&grant_type=authorization_code", 41008)]
    [InlineData("appid=a&secret=s&js_code=c", 40002)]
    [InlineData("appid=a&secret=s&js_code=c&grant_type=client_credential", 40002)]
    [InlineData("appid=a&secret=s&js_code=c&grant_type=authorization_code", 40013)]
    [InlineData("appid=" + SimulatorDefaults.AppId + "&secret=s&js_code=c&grant_type=authorization_code", 40125)]
    [InlineData("appid=" + SimulatorDefaults.AppId + "&secret=" + SimulatorDefaults.AppSecret + "&js_code=c&grant_type=authorization_code", 40029)]
    public async Task Parameters_are_checked_in_order(string query, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();

        Assert.Equal(errcode, SimulatorHost.Errcode(await wechat.GetAsync($"sns/jscode2session?{query}")));
    }

    [Fact]
    public async Task A_posted_form_is_not_read()
    {
        await using var wechat = await SimulatorHost.StartAsync();

        var reply = await wechat.PostAsync("sns/jscode2session", new { appid = SimulatorDefaults.AppId });

        Assert.Equal(41002, SimulatorHost.Errcode(reply));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 40163)]
    public async Task Whether_a_wrong_secret_uses_the_code_up_can_be_chosen(bool consumes, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync(options => options.FailedExchangeConsumesCode = consumes);
        var code = await wechat.LoginCodeAsync("alice");

        var wrong = await wechat.ExchangeAsync(code, SimulatorHost.First with { AppSecret = "wrong" });
        var right = await wechat.ExchangeAsync(code);

        Assert.Equal(40125, SimulatorHost.Errcode(wrong));
        Assert.Equal(errcode, SimulatorHost.Errcode(right));
    }

    [Fact]
    public async Task Apps_of_one_open_platform_account_see_one_unionid_and_two_openids()
    {
        await using var wechat = await SimulatorHost.StartAsync(options =>
        {
            options.Apps.Add(SimulatorHost.First with { OpenPlatform = "one" });
            options.Apps.Add(SimulatorHost.Second with { OpenPlatform = "one" });
            options.Apps.Add(new SimulatedApp("wx3", "s3", OpenPlatform: "two"));
        });

        var first = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"));
        var second = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice", SimulatorHost.Second), SimulatorHost.Second);
        var third = new SimulatedApp("wx3", "s3");
        var other = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice", third), third);

        Assert.Equal(28, first.GetProperty("unionid").GetString()!.Length);
        Assert.Equal(first.GetProperty("unionid").GetString(), second.GetProperty("unionid").GetString());
        Assert.NotEqual(first.GetProperty("openid").GetString(), second.GetProperty("openid").GetString());
        Assert.NotEqual(first.GetProperty("unionid").GetString(), other.GetProperty("unionid").GetString());
    }

    [Fact]
    public async Task A_user_has_the_same_openid_in_every_run()
    {
        await using var today = await SimulatorHost.StartAsync();
        await using var tomorrow = await SimulatorHost.StartAsync();

        var (one, _) = await today.SessionAsync("爱丽丝 🐼");
        var (other, _) = await tomorrow.SessionAsync("爱丽丝 🐼");
        var (bob, _) = await tomorrow.SessionAsync("bob");

        Assert.Equal(one, other);
        Assert.NotEqual(one, bob);
    }

    [Fact]
    public async Task A_login_replaces_a_session_key_of_a_minute_and_keeps_a_younger_one()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (_, first) = await wechat.SessionAsync("alice");

        wechat.Time.Advance(TimeSpan.FromSeconds(59));
        var (_, second) = await wechat.SessionAsync("alice");
        wechat.Time.Advance(TimeSpan.FromSeconds(1));
        var (_, third) = await wechat.SessionAsync("alice");

        Assert.Equal(first, second);
        Assert.NotEqual(first, third);
    }

    [Fact]
    public async Task Several_codes_of_one_user_are_good_once_each()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (one, other) = (await wechat.LoginCodeAsync("alice"), await wechat.LoginCodeAsync("alice"));

        Assert.Equal(0, SimulatorHost.Errcode(await wechat.ExchangeAsync(other)));
        Assert.Equal(0, SimulatorHost.Errcode(await wechat.ExchangeAsync(one)));
    }

    [Fact]
    public async Task Of_many_exchanges_of_one_code_at_once_one_succeeds()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");

        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => wechat.ExchangeAsync(code)));

        Assert.Single(replies, reply => SimulatorHost.Errcode(reply) == 0);
        Assert.Equal(15, replies.Count(reply => SimulatorHost.Errcode(reply) == 40163));
    }

    [Fact]
    public async Task The_oldest_code_goes_where_there_are_too_many()
    {
        await using var wechat = await SimulatorHost.StartAsync(options => options.MaxCodes = 2);
        var codes = new[] { await wechat.LoginCodeAsync("a"), await wechat.LoginCodeAsync("b"), await wechat.LoginCodeAsync("c") };

        var errcodes = new List<int>();
        foreach (var code in codes)
        {
            errcodes.Add(SimulatorHost.Errcode(await wechat.ExchangeAsync(code)));
        }

        Assert.Equal([40029, 0, 0], errcodes);
    }

    [Fact]
    public async Task The_oldest_session_goes_where_there_are_too_many()
    {
        await using var wechat = await SimulatorHost.StartAsync(options => options.MaxSessions = 1);
        var (openId, key) = await wechat.SessionAsync("alice");
        await wechat.SessionAsync("bob");

        var (again, renewed) = await wechat.SessionAsync("alice");

        Assert.Equal(openId, again);
        Assert.NotEqual(key, renewed);
    }

    [Fact]
    public async Task Calls_are_counted()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.LoginCodeAsync("alice");
        await wechat.ExchangeAsync(code);
        await wechat.ExchangeAsync(code);
        await wechat.FaultAsync(new { kind = "html", times = 1 });
        using var _ = await wechat.Client.GetAsync("simulator/" + SimulatorHost.ExchangePath(code), Ct);

        var counts = (await wechat.GetAsync("statistics")).GetProperty("jscode2session");

        Assert.Equal("""{"calls":3,"succeeded":1,"refused":1,"disturbed":1}""", counts.GetRawText());
    }
}
