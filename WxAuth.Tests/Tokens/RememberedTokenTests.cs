using System.Net;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Tests.Tokens;

/// <summary>What a node remembers of tokens and keys must never let more in than looking again would.</summary>
public sealed class RememberedTokenTests(ProxiedApp app) : IClassFixture<ProxiedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_remembered_token_costs_no_query_and_is_the_same_user()
    {
        var login = await app.LoginAsync("remembered");
        var token = (string)login["accessToken"]!;
        var validator = app.Services.GetRequiredService<AccessTokenValidator>();
        Assert.False(validator.TryRecall(token, out _, out _));

        using var first = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.True(validator.TryRecall(token, out var principal, out var expired));
        Assert.False(expired);
        Assert.Equal((string?)login["user"]!["id"], principal.FindFirst("sub")?.Value);
    }

    [Fact]
    public async Task A_remembered_token_of_an_ended_session_is_refused()
    {
        var token = (string)(await app.LoginAsync("ended"))["accessToken"]!;
        using var before = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
        var news = app.Services.GetRequiredService<IEndedSessions>().NextNews;

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", token);
        await news.WaitAsync(TimeSpan.FromSeconds(20), Ct);
        using var after = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        var problem = await WxAuthApp.AssertProblemAsync(after, 401, "session_revoked");
        Assert.Equal("logout", (string?)problem["reason"]);
        Assert.Equal("login_again", (string?)problem["action"]);
        Assert.Equal("Bearer error=\"invalid_token\", error_description=\"The session has been ended\"", after.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_token_of_an_ended_session_is_refused_at_first_sight()
    {
        var login = await app.LoginAsync("ended unseen");
        var news = app.Services.GetRequiredService<IEndedSessions>().NextNews;

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", accessToken: null, new { refreshToken = (string)login["refreshToken"]! });
        await news.WaitAsync(TimeSpan.FromSeconds(20), Ct);
        using var after = await app.SendAsync(HttpMethod.Get, "api/users/me", (string)login["accessToken"]!);

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await WxAuthApp.AssertProblemAsync(after, 401, "session_revoked");
    }

    [Fact]
    public async Task A_remembered_token_is_refused_once_its_key_is_gone()
    {
        var token = (string)(await app.LoginAsync("key"))["accessToken"]!;
        using var before = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        await app.ScalarAsync<int>("DELETE FROM signing_keys WHERE use = 'sig'");
        await app.Services.GetRequiredService<TokenKeys>().ReloadAsync(Ct);
        using var after = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
        using var next = await app.SendAsync(HttpMethod.Get, "api/users/me", (string)(await app.LoginAsync("key"))["accessToken"]!);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await WxAuthApp.AssertProblemAsync(after, 401, "token_invalid");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task For_an_unknown_kid_the_database_is_asked_once()
    {
        app.Time.Advance(TimeSpan.FromSeconds(1));
        var forged = await WithKidAsync("made up");
        app.Database.Forget();

        for (var i = 0; i < 5; i++)
        {
            using var refused = await app.SendAsync(HttpMethod.Get, "api/users/me", forged);
            await WxAuthApp.AssertProblemAsync(refused, 401, "token_invalid");
        }

        Assert.Single(app.Database.RoundTrips);
    }

    [Fact]
    public async Task For_many_unknown_kids_the_database_is_asked_once_a_second()
    {
        app.Time.Advance(TimeSpan.FromSeconds(1));
        var forged = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            forged.Add(await WithKidAsync($"flood {i}"));
        }

        app.Database.Forget();
        var answers = await Task.WhenAll(forged.Select(token => app.SendAsync(HttpMethod.Get, "api/users/me", token)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
        Assert.Single(app.Database.RoundTrips);
    }

    private async Task<string> WithKidAsync(string kid) => (await TokenForge.LoginAsync(app, "forger")).WithHeader(header => header["kid"] = kid);
}
