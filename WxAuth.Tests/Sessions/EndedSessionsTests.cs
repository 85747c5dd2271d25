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
        var set = new EndedSessions(time);
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
}
