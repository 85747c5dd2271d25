using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Sessions;

namespace WxAuth.Tests.Sessions;

public sealed class EndedSessionsTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    [Fact]
    public void The_set_forgets_a_session_once_its_last_access_token_is_dead()
    {
        var time = new FakeTimeProvider();
        var set = new EndedSessions(new SessionPolicy(), time);
        var until = time.GetUtcNow().AddMinutes(30);
        var first = Guid.CreateVersion7(time.GetUtcNow());
        set.Add(first, SessionEndReason.Logout, until);

        time.Advance(TimeSpan.FromMinutes(30) + SessionPolicy.ClockSkew - TimeSpan.FromSeconds(1));
        set.Sweep();
        var before = set.Find(first);
        time.Advance(TimeSpan.FromSeconds(10));
        // No silence is needed for it: on a busy server news never stop.
        set.Add(Guid.CreateVersion7(time.GetUtcNow()), SessionEndReason.Logout, time.GetUtcNow().AddMinutes(30));

        Assert.Equal(SessionEndReason.Logout, before);
        Assert.Null(set.Find(first));
        Assert.Equal(1, set.Count);
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_and_back_revives_no_session()
    {
        var before = await app.LoginAsync("ended before");
        await EndAsync(before);

        app.Time.SetClock(TimeSpan.FromMinutes(40));
        app.Time.Advance(TimeSpan.FromSeconds(10));
        var meanwhile = await app.LoginAsync("ended meanwhile");
        await EndAsync(meanwhile);
        app.Time.SetClock(TimeSpan.FromMinutes(-40));

        await AssertEndedAsync(before);
        await AssertEndedAsync(meanwhile);
        // That token has 40 minutes more to live than others.
        app.Time.Advance(TimeSpan.FromMinutes(35));
        await EndAsync(await app.LoginAsync("ended later"));
        await AssertEndedAsync(meanwhile);
    }

    [Fact]
    public async Task A_node_that_started_while_its_clock_was_ahead_learns_of_the_sessions_that_looked_too_old()
    {
        var before = await app.LoginAsync("ended before the start");
        var sessionId = Guid.Parse((string)before["sessionId"]!);
        await EndAsync(before);
        app.Time.SetClock(TimeSpan.FromMinutes(40));
        var node = await app.AddNodeAsync();
        var endedSessions = app.Nodes[^1].Services.GetRequiredService<IEndedSessions>();
        Assert.Null(endedSessions.Find(sessionId));

        app.Time.SetClock(TimeSpan.FromMinutes(-40));
        await EndAsync(await app.LoginAsync("any news"));

        await Eventually.TrueAsync(() => endedSessions.Find(sessionId) is not null, TimeSpan.FromSeconds(5), "the set is read again");
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)before["accessToken"], client: node);
        await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked");
    }

    [Fact]
    public async Task A_node_that_starts_knows_ended_sessions_for_as_long_as_the_longest_access_token_lives()
    {
        var long3Days = new KeyValuePair<string, string?>("Jwt:AccessTokenLifetime", "3.00:00:00");
        var node = await app.AddNodeAsync(long3Days);
        var login = await app.LoginAsync("long", client: node);
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", (string?)login["accessToken"], client: node);
        app.Time.Advance(TimeSpan.FromDays(2));

        await app.AddNodeAsync(long3Days);

        var sessionId = Guid.Parse((string)login["sessionId"]!);
        Assert.Equal(SessionEndReason.Logout, app.Nodes[^1].Services.GetRequiredService<IEndedSessions>().Find(sessionId));
    }

    private async Task EndAsync(JsonObject login)
    {
        var news = app.Services.GetRequiredService<IEndedSessions>().NextNews;
        var refreshToken = (string?)login["refreshToken"];
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", null, new { refreshToken });
        Assert.Equal(204, (int)logout.StatusCode);
        await news.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private async Task AssertEndedAsync(JsonObject login)
    {
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]);
        await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked");
    }
}
