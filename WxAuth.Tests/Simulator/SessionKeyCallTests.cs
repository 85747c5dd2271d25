using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using WxAuth.Api.Simulator.Calls;

namespace WxAuth.Tests.Simulator;

public sealed class SessionKeyCallTests
{
    [Fact]
    public void The_signature_over_nothing_is_the_recomputed_one_of_the_published_key() => Assert.Equal(
        "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128", SessionKeyCalls.Sign("o0q0otL8aEzpcZL/FT9WsQ=="));

    [Fact]
    public async Task The_current_key_checks()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");

        var reply = await CallAsync(wechat, "checksession", openId, Sign(key));

        Assert.Equal("""{"errcode":0,"errmsg":"ok"}""", reply.GetRawText());
    }

    [Fact]
    public async Task A_key_that_a_later_login_replaced_does_not_check()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");
        wechat.Time.Advance(TimeSpan.FromMinutes(1));
        await wechat.LoginCodeAsync("alice");

        Assert.Equal(87009, SimulatorHost.Errcode(await CallAsync(wechat, "checksession", openId, Sign(key))));
    }

    [Fact]
    public async Task A_signature_under_the_decoded_key_does_not_check()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");
        var decoded = Convert.ToHexStringLower(HMACSHA256.HashData(Convert.FromBase64String(key), Array.Empty<byte>()));

        Assert.Equal(87009, SimulatorHost.Errcode(await CallAsync(wechat, "checksession", openId, decoded)));
    }

    [Fact]
    public async Task A_key_of_three_days_does_not_check()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");
        wechat.Time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(87009, SimulatorHost.Errcode(await CallAsync(wechat, "checksession", openId, Sign(key))));
        Assert.Equal(87007, SimulatorHost.Errcode(await CallAsync(wechat, "resetusersessionkey", openId, Sign(key))));
    }

    [Fact]
    public async Task A_reset_gives_another_key_and_kills_the_old_one()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");

        var reset = await CallAsync(wechat, "resetusersessionkey", openId, Sign(key));

        var renewed = reset.GetProperty("session_key").GetString()!;
        Assert.Equal(openId, reset.GetProperty("openid").GetString());
        Assert.NotEqual(key, renewed);
        Assert.Equal(87009, SimulatorHost.Errcode(await CallAsync(wechat, "resetusersessionkey", openId, Sign(key))));
        Assert.Equal(0, SimulatorHost.Errcode(await CallAsync(wechat, "checksession", openId, Sign(renewed))));
    }

    [Fact]
    public async Task A_reset_does_not_prolong_the_session()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");
        wechat.Time.Advance(TimeSpan.FromDays(2));
        var renewed = (await CallAsync(wechat, "resetusersessionkey", openId, Sign(key))).GetProperty("session_key").GetString()!;

        wechat.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(87009, SimulatorHost.Errcode(await CallAsync(wechat, "checksession", openId, Sign(renewed))));
    }

    [Theory]
    [InlineData("access_token=TOKEN&openid=o&signature=s&sig_method=md5", 87008)]
    [InlineData("access_token=TOKEN&signature=s&sig_method=hmac_sha256", 40097)]
    [InlineData("access_token=TOKEN&openid=o&sig_method=hmac_sha256", 40097)]
    [InlineData("access_token=TOKEN&openid=o&signature=s&sig_method=hmac_sha256", 87009)]
    [InlineData("access_token=bad&openid=o&signature=s&sig_method=hmac_sha256", 40001)]
    [InlineData("openid=o&signature=s&sig_method=hmac_sha256", 41001)]
    public async Task A_wrong_check_has_an_errcode(string query, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var token = await wechat.AccessTokenAsync();

        var reply = await wechat.GetAsync($"wxa/checksession?{query.Replace("TOKEN", token, StringComparison.Ordinal)}");

        Assert.Equal(errcode, SimulatorHost.Errcode(reply));
    }

    [Fact]
    public async Task Another_app_cannot_check_the_key()
    {
        await using var wechat = await SimulatorHost.StartWithTwoAppsAsync();
        var (openId, key) = await wechat.SessionAsync("alice");
        var token = await wechat.AccessTokenAsync(SimulatorHost.Second);

        var reply = await wechat.GetAsync($"wxa/checksession?access_token={token}&openid={openId}&signature={Sign(key)}&sig_method=hmac_sha256");

        Assert.Equal(87009, SimulatorHost.Errcode(reply));
    }

    private static async Task<JsonElement> CallAsync(SimulatorHost wechat, string call, string openId, string signature) => await wechat.GetAsync(
        $"wxa/{call}?access_token={await wechat.AccessTokenAsync()}&openid={openId}&signature={signature}&sig_method=hmac_sha256");

    private static string Sign(string key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(key), Array.Empty<byte>()));
}
