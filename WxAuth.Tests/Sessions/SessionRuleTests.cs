using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Sessions;

/// <summary>Expiry, skew, limit and what is audited of a session: the rules alone, without a database.</summary>
public sealed class SessionRuleTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly SessionPolicy Policy = new();
    private static readonly ClientInfo Client = new(null, null);

    [Fact]
    public void A_session_is_live_until_its_end_and_can_be_revoked_for_the_clock_skew_after_it()
    {
        var session = SessionAt(Start);

        Assert.True(session.IsLive(session.ExpiresAt.AddTicks(-1)));
        Assert.False(session.IsLive(session.ExpiresAt));
        Assert.True(session.CanBeRevoked(session.ExpiresAt.AddSeconds(30).AddTicks(-1)));
        Assert.False(session.CanBeRevoked(session.ExpiresAt.AddSeconds(30)));
    }

    [Fact]
    public void A_refresh_moves_the_idle_end_and_never_past_the_absolute_one()
    {
        var session = SessionAt(Start);
        var generation = Session.FirstGeneration;
        for (var day = 29; day < 180; day += 29)
        {
            Assert.IsType<RefreshDecision.Refreshed>(session.Refresh(generation++, UserStatus.Active, Policy, new AuditContext(Start.AddDays(day), null)));
        }

        Assert.Equal(Start.AddDays(180), session.ExpiresAt);
        Assert.Equal(Start.AddDays(174).AddMinutes(30), session.AccessExpiresAt);
    }

    [Theory]
    [InlineData(UserStatus.Disabled, SessionEndReason.UserDisabled)]
    [InlineData(UserStatus.Erased, SessionEndReason.Erased)]
    public void A_session_whose_user_may_no_longer_log_in_ends_at_its_refresh(UserStatus status, SessionEndReason reason)
    {
        var session = SessionAt(Start);

        var decision = session.Refresh(Session.FirstGeneration, status, Policy, new AuditContext(Start.AddMinutes(1), null));

        Assert.Equal(reason, Assert.IsType<RefreshDecision.Revoked>(decision).Reason);
        Assert.Equal(reason, session.EndReason);
    }

    [Fact]
    public void A_late_retry_is_audited_as_an_end_and_an_older_token_as_reuse()
    {
        var (late, stolen) = (SessionAt(Start), SessionAt(Start));
        late.Refresh(1, UserStatus.Active, Policy, At(1));
        stolen.Refresh(1, UserStatus.Active, Policy, At(1));
        stolen.Refresh(2, UserStatus.Active, Policy, At(2));

        var afterGrace = Assert.IsType<RefreshDecision.Reused>(late.Refresh(1, UserStatus.Active, Policy, At(62)));
        var grandparent = Assert.IsType<RefreshDecision.Reused>(stolen.Refresh(1, UserStatus.Active, Policy, At(3)));

        Assert.Equal((AuditTypes.SessionEnded, AuditOutcomes.Success), (afterGrace.Event.Type, afterGrace.Event.Outcome));
        Assert.Equal((AuditTypes.RefreshReused, AuditOutcomes.Refused), (grandparent.Event.Type, grandparent.Event.Outcome));
    }

    [Fact]
    public void Beyond_the_limit_the_sessions_used_least_lately_end()
    {
        var sessions = Enumerable.Range(0, 12).Select(i => SessionAt(Start.AddMinutes(i))).ToArray();
        // The oldest login is the one that is used most.
        sessions[0].Refresh(1, UserStatus.Active, Policy, At(3600));

        var events = SessionLimit.MakeRoom(sessions, maxPerUser: 10, At(3600)).ToArray();

        Assert.Equal(sessions[1..4].Select(session => session.Id).Order(), events.Select(item => item.SessionId!.Value).Order());
        Assert.All(sessions[1..4], session => Assert.Equal(SessionEndReason.Replaced, session.EndReason));
        Assert.Equal(9, sessions.Count(session => session.IsLive(Start.AddSeconds(3600))));
    }

    [Fact]
    public void A_session_that_expired_takes_no_room()
    {
        var now = Start.AddDays(31);
        Session[] sessions = [SessionAt(Start), SessionAt(now), SessionAt(now)];

        Assert.Empty(SessionLimit.MakeRoom(sessions, maxPerUser: 3, new AuditContext(now, null)));
    }

    private static AuditContext At(int seconds) => new(Start.AddSeconds(seconds), null);

    private static Session SessionAt(DateTimeOffset now) => Session.Start(User.Register(now), ("wx1", "o1"), [1], Policy, Client, now);
}
