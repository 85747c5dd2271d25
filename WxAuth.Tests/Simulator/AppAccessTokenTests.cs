using System.Text.Json;

namespace WxAuth.Tests.Simulator;

public sealed class AppAccessTokenTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stable_token_stays_the_same_and_tells_the_rest_of_its_life()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var first = await wechat.StableTokenAsync();
        wechat.Time.Advance(TimeSpan.FromSeconds(6900));

        var second = await wechat.StableTokenAsync();

        Assert.Equal(7200, first.GetProperty("expires_in").GetInt32());
        Assert.Equal(Token(first), Token(second));
        Assert.Equal(300, second.GetProperty("expires_in").GetInt32());
    }

    [Fact]
    public async Task The_stable_token_is_renewed_in_its_last_five_minutes_and_works_to_its_end()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var first = Token(await wechat.StableTokenAsync());
        wechat.Time.Advance(TimeSpan.FromSeconds(6901));

        var second = Token(await wechat.StableTokenAsync());
        var during = await wechat.ErrcodeWithTokenAsync(first);
        wechat.Time.Advance(TimeSpan.FromSeconds(299));
        var after = await wechat.ErrcodeWithTokenAsync(first);

        Assert.NotEqual(first, second);
        Assert.Equal(0, during);
        Assert.Equal(42001, after);
        Assert.Equal(0, await wechat.ErrcodeWithTokenAsync(second));
    }

    [Fact]
    public async Task Two_forced_refreshes_kill_a_leaked_token()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var leaked = Token(await wechat.StableTokenAsync());

        var second = Token(await wechat.StableTokenAsync(force: true));
        var afterOne = await wechat.ErrcodeWithTokenAsync(leaked);
        wechat.Time.Advance(TimeSpan.FromSeconds(30));
        var third = Token(await wechat.StableTokenAsync(force: true));
        var afterTwo = await wechat.ErrcodeWithTokenAsync(leaked);

        Assert.Distinct([leaked, second, third]);
        Assert.Equal(0, afterOne);
        Assert.Equal(40001, afterTwo);
    }

    [Fact]
    public async Task A_token_that_was_replaced_works_for_five_more_minutes()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var first = Token(await wechat.StableTokenAsync());
        await wechat.StableTokenAsync(force: true);

        wechat.Time.Advance(TimeSpan.FromSeconds(299));
        var before = await wechat.ErrcodeWithTokenAsync(first);
        wechat.Time.Advance(TimeSpan.FromSeconds(1));
        var after = await wechat.ErrcodeWithTokenAsync(first);

        Assert.Equal(0, before);
        Assert.Equal(40001, after);
    }

    [Fact]
    public async Task A_refresh_forced_again_within_thirty_seconds_changes_nothing()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var first = Token(await wechat.StableTokenAsync(force: true));
        wechat.Time.Advance(TimeSpan.FromSeconds(29));

        Assert.Equal(first, Token(await wechat.StableTokenAsync(force: true)));
    }

    [Fact]
    public async Task The_twenty_first_forced_refresh_of_a_day_in_Beijing_is_refused()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await wechat.StableTokenAsync(force: true);
            wechat.Time.Advance(TimeSpan.FromSeconds(30));
        }

        var refused = await wechat.StableTokenAsync(force: true);
        wechat.Time.SetUtcNow(new DateTimeOffset(2026, 1, 1, 16, 0, 0, TimeSpan.Zero));
        var tomorrow = await wechat.StableTokenAsync(force: true);

        Assert.Equal(45009, SimulatorHost.Errcode(refused));
        Assert.Equal(0, SimulatorHost.Errcode(tomorrow));
    }

    [Fact]
    public async Task The_classic_token_is_new_at_every_call_and_leaves_the_stable_one_alone()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var stable = Token(await wechat.StableTokenAsync());
        var path = $"cgi-bin/token?grant_type=client_credential&appid={SimulatorHost.First.AppId}&secret={SimulatorHost.First.AppSecret}";

        var tokens = new[] { Token(await wechat.GetAsync(path)), Token(await wechat.GetAsync(path)), Token(await wechat.GetAsync(path)) };

        Assert.Distinct(tokens);
        Assert.Equal(40001, await wechat.ErrcodeWithTokenAsync(tokens[0]));
        Assert.Equal(0, await wechat.ErrcodeWithTokenAsync(tokens[1]));
        Assert.Equal(0, await wechat.ErrcodeWithTokenAsync(tokens[2]));
        Assert.Equal(0, await wechat.ErrcodeWithTokenAsync(stable));
        Assert.Equal(stable, Token(await wechat.StableTokenAsync()));
    }

    [Theory]
    [InlineData("""{"grant_type":"client_credential","secret":"s"}""", 41002)]
    [InlineData("""{"grant_type":"client_credential","appid":"a"}""", 41004)]
    [InlineData("""{"appid":"a","secret":"s"}""", 40002)]
    [InlineData("""{"grant_type":"client_credential","appid":"a","secret":"s"}""", 40013)]
    [InlineData("""{"grant_type":"client_credential","appid":"wx5eb0a6f3c1d2e4f7","secret":"s"}""", 40125)]
    [InlineData("grant_type=client_credential", 47001)]
    [InlineData("[]", 47001)]
    public async Task A_wrong_request_for_a_stable_token_has_an_errcode(string body, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();

        using var response = await wechat.Client.PostAsync("simulator/cgi-bin/stable_token", new StringContent(body), Ct);

        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(errcode, SimulatorHost.Errcode(JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct))));
    }

    [Fact]
    public async Task The_wrong_method_has_an_errcode()
    {
        await using var wechat = await SimulatorHost.StartAsync();

        Assert.Equal(43002, SimulatorHost.Errcode(await wechat.GetAsync("cgi-bin/stable_token")));
        Assert.Equal(43001, SimulatorHost.Errcode(await wechat.PostAsync("cgi-bin/token", new { })));
    }

    private static string Token(JsonElement reply) => reply.GetProperty("access_token").GetString()!;
}
