using Microsoft.Extensions.Logging;

namespace WxAuth.Tests.Problems;

public sealed class ProblemExceptionTests : IAsyncLifetime
{
    private ProblemsApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ProblemsApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("wechat-unavailable", 503, "wechat_unavailable", LogLevel.Warning)]
    [InlineData("wechat-bad-response", 502, "wechat_bad_response", LogLevel.Warning)]
    [InlineData("wechat-rejected-app", 500, "wechat_rejected_app", LogLevel.Warning)]
    [InlineData("wechat-rate-limited", 429, "rate_limited", LogLevel.Warning)]
    [InlineData("no-key", 503, "database_unavailable", LogLevel.Warning)]
    [InlineData("connection", 503, "database_unavailable", LogLevel.Warning)]
    [InlineData("pool", 503, "database_unavailable", LogLevel.Warning)]
    [InlineData("update", 503, "database_unavailable", LogLevel.Warning)]
    [InlineData("key-ring", 503, "database_unavailable", LogLevel.Warning)]
    [InlineData("undefined-table", 500, "internal_error", LogLevel.Error)]
    [InlineData("undefined-column", 500, "internal_error", LogLevel.Error)]
    [InlineData("undefined-function", 500, "internal_error", LogLevel.Error)]
    [InlineData("unique", 500, "internal_error", LogLevel.Error)]
    [InlineData("anything", 500, "internal_error", LogLevel.Error)]
    public async Task An_exception_becomes_its_problem_and_one_log_line(string what, int status, string code, LogLevel level)
    {
        var answer = await _app.GetAsync($"throw/{what}");

        answer.IsProblem(status, code);
        Assert.DoesNotContain("hush", answer.Text, StringComparison.Ordinal);
        Assert.Equal(level, Assert.Single(_app.Logs.Lines).Level);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_the_clients_matter()
    {
        var answer = await _app.GetAsync("throw/body");

        answer.IsProblem(400, "malformed_request");
        Assert.Empty(_app.Logs.Lines);
    }

    [Fact]
    public async Task A_full_queue_of_passwords_is_a_limit_and_no_log_line()
    {
        var answer = await _app.SendAsync(HttpMethod.Post, "api/auth/password?what=hashing-busy");

        answer.IsProblem(429, "rate_limited");
        Assert.Equal(TimeSpan.FromSeconds(6), answer.Headers.RetryAfter?.Delta);
        Assert.Empty(_app.Logs.Lines);
    }

    [Fact]
    public async Task An_open_breaker_names_the_rest_of_its_time()
    {
        var answer = await _app.GetAsync("throw/wechat-unavailable");

        Assert.Equal(TimeSpan.FromSeconds(4), answer.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData("api/auth/login", "wechat-unavailable", "login_again")]
    [InlineData("api/auth/login", "wechat-bad-response", "login_again")]
    [InlineData("api/auth/login", "connection", "login_again")]
    [InlineData("api/auth/login/", "connection", "login_again")]
    [InlineData("api/auth/login", "wechat-rate-limited", "retry_later")]
    [InlineData("api/auth/login", "anything", "retry_later")]
    [InlineData("api/auth/password", "wechat-unavailable", "retry_later")]
    [InlineData("api/auth/password", "connection", "retry_later")]
    public async Task Only_a_login_has_to_fetch_a_new_code(string path, string what, string action)
    {
        var answer = await _app.SendAsync(HttpMethod.Post, $"{path}?what={what}");

        Assert.Equal(action, answer.Json.GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_response_that_has_started_is_aborted() =>
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _app.GetAsync("started"));
}
