using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests.Login;

public sealed class IdempotentLoginTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_retry_gets_the_session_of_the_first_try_with_fresh_tokens()
    {
        var code = await app.CodeAsync("retry");
        var first = await LoginAsync(code, "key");
        app.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        var second = await LoginAsync(code, "key");

        Assert.True((bool)second["isNewUser"]!);
        Assert.Equal((string?)first["sessionId"], (string?)second["sessionId"]);
        Assert.Equal(first["user"]!.ToJsonString(), second["user"]!.ToJsonString());
        Assert.NotEqual((string?)first["accessToken"], (string?)second["accessToken"]);
        Assert.NotEqual((string?)first["refreshToken"], (string?)second["refreshToken"]);
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string)second["accessToken"]!);
        Assert.Equal(200, (int)me.StatusCode);
        Assert.Equal(1L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{(string)first["user"]!["id"]!}'"));
    }

    [Fact]
    public async Task The_first_answers_refresh_token_counts_as_just_used()
    {
        var code = await app.CodeAsync("used");
        var first = await LoginAsync(code, "key");
        var second = await LoginAsync(code, "key");

        app.Time.Advance(TimeSpan.FromSeconds(60));
        var refreshed = await RefreshAsync(first, 200);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await RefreshAsync(first, 401);

        Assert.Equal((string?)second["refreshToken"], (string?)refreshed["refreshToken"]);
    }

    [Fact]
    public async Task The_retrys_refresh_token_refreshes()
    {
        var code = await app.CodeAsync("refresh");
        await LoginAsync(code, "key");
        var second = await LoginAsync(code, "key");

        var refreshed = await RefreshAsync(second, 200);

        Assert.Equal((string?)second["sessionId"], (string?)refreshed["sessionId"]);
    }

    [Fact]
    public async Task Without_the_key_the_same_code_is_used()
    {
        var code = await app.CodeAsync("keyless");
        await LoginAsync(code, "key");

        using var second = await PostAsync(code, key: null);

        await WxAuthApp.AssertProblemAsync(second, 401, "code_used");
    }

    [Fact]
    public async Task With_another_key_the_same_code_is_used_after_two_seconds_of_waiting()
    {
        var code = await app.CodeAsync("other key");
        await LoginAsync(code, "key");
        var started = app.Time.GetUtcNow();

        using var second = await WaitingAsync(PostAsync(code, "another"));

        await WxAuthApp.AssertProblemAsync(second, 401, "code_used");
        Assert.Equal(TimeSpan.FromSeconds(2), app.Time.GetUtcNow() - started);
    }

    [Theory]
    [InlineData("end of five minutes")]
    [InlineData("end of the session")]
    public async Task A_retry_is_too_late_after_the(string what)
    {
        var code = await app.CodeAsync(what);
        var first = await LoginAsync(code, "key");
        if (what == "end of five minutes")
        {
            app.Time.Advance(TimeSpan.FromMinutes(5));
        }
        else
        {
            using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", (string)first["accessToken"]!);
        }

        using var second = await WaitingAsync(PostAsync(code, "key"));

        await WxAuthApp.AssertProblemAsync(second, 401, "code_used");
    }

    [Fact]
    public async Task A_retry_does_not_need_WeChat_when_the_first_try_went_through()
    {
        var code = await app.CodeAsync("wechat away");
        var first = await LoginAsync(code, "key");
        await app.WeChat.FailAsync(new { kind = "connection_reset", call = "jscode2session", user = "wechat away", times = 1 });

        var second = await LoginAsync(code, "key");

        Assert.Equal((string?)first["sessionId"], (string?)second["sessionId"]);
    }

    [Fact]
    public async Task A_retry_on_another_node_waits_for_the_first_try_in_flight()
    {
        var known = await app.LoginAsync("in flight");
        var code = await app.CodeAsync("in flight");
        var otherNode = await app.AddNodeAsync();
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        var transaction = await connection.BeginTransactionAsync(Ct);
        await using var hold = new NpgsqlCommand(
            $"SELECT 1 FROM wechat_identities WHERE user_id = '{(string)known["user"]!["id"]!}' FOR UPDATE", connection, transaction);
        await hold.ExecuteNonQueryAsync(Ct);

        var first = PostAsync(code, "key");
        await UntilItWaitsForALockAsync();
        var second = PostAsync(code, "key", otherNode);
        await app.Time.WhenTimerIsSetAsync(LookAgain, Ct);
        await transaction.RollbackAsync(Ct);
        using var firstAnswer = await first;
        app.Time.Advance(LookAgain);
        using var secondAnswer = await second;

        var (made, found) = (await WxAuthApp.JsonAsync(firstAnswer), await WxAuthApp.JsonAsync(secondAnswer));
        Assert.NotNull((string?)made["sessionId"]);
        Assert.Equal((string?)made["sessionId"], (string?)found["sessionId"]);
    }

    [Fact]
    public async Task A_retry_on_the_same_node_waits_for_the_first_try_without_asking_WeChat()
    {
        var known = await app.LoginAsync("in flight here");
        var code = await app.CodeAsync("in flight here");
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        var transaction = await connection.BeginTransactionAsync(Ct);
        await using var hold = new NpgsqlCommand(
            $"SELECT 1 FROM wechat_identities WHERE user_id = '{(string)known["user"]!["id"]!}' FOR UPDATE", connection, transaction);
        await hold.ExecuteNonQueryAsync(Ct);

        var first = PostAsync(code, "key");
        await UntilItWaitsForALockAsync();
        var second = PostAsync(code, "key");
        await app.Time.WhenTimerIsSetAsync(TimeSpan.FromSeconds(2), Ct);
        await transaction.RollbackAsync(Ct);
        using var firstAnswer = await first;
        using var secondAnswer = await second;

        var (made, found) = (await WxAuthApp.JsonAsync(firstAnswer), await WxAuthApp.JsonAsync(secondAnswer));
        Assert.NotNull((string?)made["sessionId"]);
        Assert.Equal((string?)made["sessionId"], (string?)found["sessionId"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("é")]
    public async Task A_bad_key_is_named(string key)
    {
        var answer = await RawHttp.SendAsync(
            app.Client.BaseAddress!, $"POST /api/auth/login HTTP/1.1\nContent-Type: application/json\nIdempotency-Key: {key}", """{"code":"a"}"""u8.ToArray());

        Assert.Equal(400, answer.Status);
        Assert.Equal("Idempotency-Key", Assert.Single(answer.Json["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task A_key_has_1_to_128_characters_and_comes_once()
    {
        using var longest = await WaitingAsync(PostAsync("made-up", new string('k', 128)));
        using var tooLong = await PostAsync("made-up", new string('k', 129));
        var twice = await RawHttp.SendAsync(
            app.Client.BaseAddress!,
            "POST /api/auth/login HTTP/1.1\nContent-Type: application/json\nIdempotency-Key: a\nIdempotency-Key: b",
            """{"code":"a"}"""u8.ToArray());

        await WxAuthApp.AssertProblemAsync(longest, 401, "code_invalid");
        await WxAuthApp.AssertProblemAsync(tooLong, 400, "validation_failed");
        Assert.Equal("validation_failed", (string?)twice.Json["code"]);
    }

    // The server looks again after these times of its clock, which is the test's.
    private async Task<HttpResponseMessage> WaitingAsync(Task<HttpResponseMessage> answer)
    {
        foreach (var pause in new[] { 200, 600, 1200 }.Select(ms => TimeSpan.FromMilliseconds(ms)))
        {
            await app.Time.WhenTimerIsSetAsync(pause, Ct);
            app.Time.Advance(pause);
        }

        return await answer;
    }

    private async Task UntilItWaitsForALockAsync()
    {
        while (await app.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            Ct.ThrowIfCancellationRequested();
        }
    }

    private async Task<JsonObject> RefreshAsync(JsonObject tokens, int status)
    {
        using var response = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string)tokens["refreshToken"]! }, Ct);
        Assert.Equal(status, (int)response.StatusCode);
        return await WxAuthApp.JsonAsync(response);
    }

    private async Task<JsonObject> LoginAsync(string code, string key)
    {
        using var response = await PostAsync(code, key);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
        return await WxAuthApp.JsonAsync(response);
    }

    private async Task<HttpResponseMessage> PostAsync(string code, string? key, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code }) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await (client ?? app.Client).SendAsync(request, Ct);
    }
}
