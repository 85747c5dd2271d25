using WxAuth.Api.Problems;

namespace WxAuth.Tests.Problems;

public sealed class ProblemResponseTests : IAsyncLifetime
{
    private ProblemsApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ProblemsApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Every_code_is_written_whole_in_both_languages()
    {
        foreach (var entry in ProblemCatalogue.All)
        {
            var chinese = await _app.GetAsync($"problems/{entry.Code}");
            var english = await _app.GetAsync($"problems/{entry.Code}", "en-US");

            Assert.Equal(entry.Title.Chinese, chinese.IsProblem(entry.Status, entry.Name).GetProperty("title").GetString());
            Assert.Equal(entry.Detail.English, english.IsProblem(entry.Status, entry.Name).GetProperty("detail").GetString());
            Assert.Equal("zh-CN", chinese.ContentHeaders.ContentLanguage.ToString());
            Assert.Equal("en", english.ContentHeaders.ContentLanguage.ToString());
            Assert.Contains(entry.Title.Chinese, chinese.Text, StringComparison.Ordinal);
            Assert.Equal(entry.Status is 429 or 502 or 503, chinese.Headers.RetryAfter is not null);
            Assert.Equal(entry.Status == 401, chinese.Headers.WwwAuthenticate.Count == 1);
        }
    }

    [Theory]
    [InlineData("problems/TokenMissing", "Bearer")]
    [InlineData("problems/TokenInvalid", "Bearer error=\"invalid_token\", error_description=\"The access token is not valid\"")]
    [InlineData("problems/TokenExpired", "Bearer error=\"invalid_token\", error_description=\"The access token has expired\"")]
    [InlineData("problems/RefreshTokenReused", "Bearer")]
    [InlineData("problems/CodeInvalid", "Bearer")]
    [InlineData("problems/ClientInvalid", "Basic realm=\"wxauth\"")]
    [InlineData("failures/session-revoked?byBearer=false", "Bearer")]
    [InlineData("failures/session-revoked?byBearer=true", "Bearer error=\"invalid_token\", error_description=\"The session has been ended\"")]
    public async Task A_401_carries_its_challenge(string path, string challenge)
    {
        var answer = await _app.GetAsync(path);

        Assert.Equal(challenge, Assert.Single(answer.Headers.GetValues("WWW-Authenticate")));
    }

    [Fact]
    public async Task A_binding_that_is_required_brings_its_ticket()
    {
        var answer = await _app.GetAsync("failures/binding-required");

        var json = answer.IsProblem(409, "binding_required");
        Assert.Equal("the-ticket", json.GetProperty("bindingTicket").GetString());
        Assert.InRange(json.GetProperty("bindingTicketExpiresIn").GetInt32(), 540, 600);
        Assert.False(json.TryGetProperty("reason", out _));
        Assert.False(json.TryGetProperty("errors", out _));
    }

    [Fact]
    public async Task A_revoked_session_says_why()
    {
        var answer = await _app.GetAsync("failures/session-revoked");

        Assert.Equal("revoked_by_admin", answer.IsProblem(401, "session_revoked").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task The_time_to_wait_is_in_whole_seconds_rounded_up()
    {
        var answer = await _app.GetAsync("failures/account-locked");

        answer.IsProblem(429, "account_locked");
        Assert.Equal(TimeSpan.FromSeconds(62), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Further_members_are_written_beside_the_others()
    {
        var answer = await _app.GetAsync("failures/extended");

        Assert.Equal("别处", answer.IsProblem(404, "not_found").GetProperty("hint").GetString());
    }

    [Theory]
    [InlineData(400, "malformed_request")]
    [InlineData(401, "token_missing")]
    [InlineData(403, "forbidden")]
    [InlineData(404, "not_found")]
    [InlineData(413, "payload_too_large")]
    [InlineData(429, "rate_limited")]
    [InlineData(500, "internal_error")]
    public async Task A_bare_status_gets_its_problem(int status, string code)
    {
        var answer = await _app.GetAsync($"status/{status}");

        answer.IsProblem(status, code);
    }

    [Fact]
    public async Task An_unknown_route_is_404_and_not_401()
    {
        var answer = await _app.GetAsync("nowhere");

        answer.IsProblem(404, "not_found");
    }

    [Fact]
    public async Task An_id_that_is_no_uuid_is_404()
    {
        var answer = await _app.GetAsync("items/42");

        answer.IsProblem(404, "not_found");
    }

    [Fact]
    public async Task A_wrong_method_is_405_with_the_allowed_ones()
    {
        var answer = await _app.SendAsync(HttpMethod.Put, "echo");

        answer.IsProblem(405, "method_not_allowed");
        Assert.Equal(["POST"], answer.ContentHeaders.Allow);
    }
}
