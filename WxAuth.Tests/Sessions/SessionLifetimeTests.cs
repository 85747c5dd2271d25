using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Sessions;

/// <summary>Lifetimes other than the default ones, to the second.</summary>
public sealed class SessionLifetimeTests(SessionLifetimeTests.ShortLives app) : IClassFixture<SessionLifetimeTests.ShortLives>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_say_exactly_how_long_they_live_and_never_live_past_the_session()
    {
        var login = await app.LoginAsync("absolute");
        var start = app.Time.GetUtcNow();
        AssertLives(login, 600, 3600);

        app.Time.Advance(TimeSpan.FromMinutes(50));
        var second = await RefreshAsync(login);
        AssertLives(second, 600, 3600);

        app.Time.Advance(TimeSpan.FromMinutes(50));
        var third = await RefreshAsync(second);
        AssertLives(third, 600, 3000); // 2 h 30 min in all

        app.Time.Advance(TimeSpan.FromMinutes(45));
        var last = await RefreshAsync(third);
        AssertLives(last, 300, 300);
        Assert.Equal((start + TimeSpan.FromMinutes(150)).ToUnixTimeSeconds(), (long)PayloadOf(last)["exp"]!);

        app.Time.Advance(TimeSpan.FromMinutes(5));
        await AssertRefusedAsync(last, "refresh_token_expired");
    }

    [Fact]
    public async Task A_session_that_is_not_refreshed_ends_with_its_idle_life()
    {
        var kept = await app.LoginAsync("idle");
        app.Time.Advance(TimeSpan.FromSeconds(3599));
        var refreshed = await RefreshAsync(kept);

        app.Time.Advance(TimeSpan.FromSeconds(3600));

        await AssertRefusedAsync(refreshed, "refresh_token_expired");
        // It has not ended, it is over: nothing to tell business services.
        Assert.Equal(1L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE id = '{kept["sessionId"]}' AND ended_at IS NULL"));
    }

    [Fact]
    public async Task The_life_is_whole_whatever_the_clock_shows_below_a_microsecond()
    {
        app.Time.Advance(TimeSpan.FromTicks(7));
        var login = await app.LoginAsync("ticks");

        var refreshed = await RefreshAsync(login);

        AssertLives(login, 600, 3600);
        AssertLives(refreshed, 600, 3600);
    }

    [Fact]
    public async Task Inside_the_grace_period_a_used_token_yields_its_successor_and_after_it_the_session_ends()
    {
        var login = await app.LoginAsync("grace");
        var first = await RefreshAsync(login);
        app.Time.Advance(TimeSpan.FromSeconds(10));
        var again = await RefreshAsync(login);
        Assert.Equal((string?)first["refreshToken"], (string?)again["refreshToken"]);

        app.Time.Advance(TimeSpan.FromSeconds(1));
        await AssertRefusedAsync(login, "refresh_token_reused");

        using var after = await PostAsync((string)first["refreshToken"]!);
        var problem = await WxAuthApp.AssertProblemAsync(after, 401, "session_revoked");
        Assert.Equal("refresh_token_reused", (string?)problem["reason"]);
        // Its successor was never used: rather an answer lost in a long outage than a thief.
        Assert.Equal("session_ended", await AuditAsync(login));
    }

    [Fact]
    public async Task A_token_whose_successor_was_used_is_theft_and_audited_so()
    {
        var login = await app.LoginAsync("thief");
        var first = await RefreshAsync(login);
        await RefreshAsync(first);

        await AssertRefusedAsync(login, "refresh_token_reused");

        Assert.Equal("refresh_reused", await AuditAsync(login));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("ünïcode")]
    public async Task What_is_no_token_is_invalid(string token)
    {
        using var response = await PostAsync(token);

        await WxAuthApp.AssertProblemAsync(response, 401, "refresh_token_invalid");
    }

    [Fact]
    public async Task A_token_with_any_one_character_changed_is_invalid_and_ends_nothing()
    {
        var login = await app.LoginAsync("changed");
        var token = (string)login["refreshToken"]!;

        for (var i = 0; i < token.Length; i++)
        {
            using var response = await PostAsync($"{token[..i]}{(token[i] == 'A' ? 'B' : 'A')}{token[(i + 1)..]}");
            await WxAuthApp.AssertProblemAsync(response, 401, "refresh_token_invalid");
        }

        await RefreshAsync(login);
    }

    [Fact]
    public async Task The_token_of_a_session_whose_row_is_gone_is_invalid()
    {
        var login = await app.LoginAsync("gone");
        await app.ScalarAsync<int>($"DELETE FROM sessions WHERE id = '{login["sessionId"]}'");

        await AssertRefusedAsync(login, "refresh_token_invalid");
    }

    private static void AssertLives(JsonObject tokens, int access, int refresh)
    {
        Assert.Equal(access, (int)tokens["expiresIn"]!);
        Assert.Equal(refresh, (int)tokens["refreshExpiresIn"]!);
        var payload = PayloadOf(tokens);
        Assert.Equal(access, (long)payload["exp"]! - (long)payload["iat"]!);
    }

    private static JsonObject PayloadOf(JsonObject tokens) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(((string)tokens["accessToken"]!).Split('.')[1]))!.AsObject();

    private Task<string?> AuditAsync(JsonObject login) =>
        app.ScalarAsync<string>($"SELECT string_agg(type, ' ') FROM audit_events WHERE session_id = '{login["sessionId"]}' AND type <> 'login'");

    private async Task AssertRefusedAsync(JsonObject tokens, string code)
    {
        using var response = await PostAsync((string)tokens["refreshToken"]!);
        var problem = await WxAuthApp.AssertProblemAsync(response, 401, code);
        Assert.Equal("login_again", (string?)problem["action"]);
    }

    private async Task<JsonObject> RefreshAsync(JsonObject tokens)
    {
        using var response = await PostAsync((string)tokens["refreshToken"]!);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
        return await WxAuthApp.JsonAsync(response);
    }

    private Task<HttpResponseMessage> PostAsync(string refreshToken) => app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken }, Ct);

    public sealed class ShortLives(TestCluster cluster) : WxAuthApp(cluster)
    {
        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Jwt:AccessTokenLifetime", "00:10:00"),
            new("Sessions:RefreshTokenLifetime", "01:00:00"),
            new("Sessions:AbsoluteLifetime", "02:30:00"),
            new("Sessions:ReuseGracePeriod", "00:00:10"),
            new("RateLimits:FailedLoginsPerMinutePerIp", "0"),
        ];
    }
}
