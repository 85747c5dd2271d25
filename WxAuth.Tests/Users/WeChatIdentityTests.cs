using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Users;

/// <summary>What an identity keeps of the session_keys that WeChat gives: the rule alone, without a database.</summary>
public sealed class WeChatIdentityTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_key_that_was_asked_for_last_is_current_and_the_one_before_it_is_kept()
    {
        var identity = WeChatIdentity.Create(LoginAt(1), Start);

        identity.Keep(LoginAt(2));

        Assert.Equal([2], identity.SessionKeySealed);
        Assert.Equal([1], identity.PreviousSessionKeySealed);
    }

    [Fact]
    public void The_same_key_again_pushes_nothing_out_and_writes_nothing()
    {
        var identity = WeChatIdentity.Create(LoginAt(1), Start);
        identity.Keep(LoginAt(2));

        identity.Keep(LoginAt(3) with { SessionKey = new SealedSessionKey([9], [2], Start.AddSeconds(3)) });

        Assert.Equal([2], identity.SessionKeySealed);
        Assert.Equal(Start.AddSeconds(2), identity.SessionKeyAt);
        Assert.Equal([1], identity.PreviousSessionKeySealed);
    }

    [Fact]
    public void Whatever_the_order_of_arrival_the_two_latest_keys_are_kept()
    {
        int[][] orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
        foreach (var order in orders)
        {
            var identity = WeChatIdentity.Create(LoginAt(order[0]), Start);
            identity.Keep(LoginAt(order[1]));
            identity.Keep(LoginAt(order[2]));

            Assert.Equal([3], identity.SessionKeySealed);
            Assert.Equal([2], identity.PreviousSessionKeySealed);
        }
    }

    [Fact]
    public void A_unionid_comes_and_is_not_forgotten()
    {
        var identity = WeChatIdentity.Create(LoginAt(1), Start);
        identity.Keep(LoginAt(2) with { UnionId = "union" });
        identity.Keep(LoginAt(3));

        Assert.Equal("union", identity.UnionId);
    }

    [Fact]
    public void A_ticket_is_open_until_its_end_or_until_the_identity_leads_to_somebody()
    {
        var identity = WeChatIdentity.Create(LoginAt(1), Start);
        Assert.False(identity.HasOpenTicket(Start));

        identity.OpenTicket([7], loginKeyHash: null, Start);
        Assert.True(identity.HasOpenTicket(Start.AddMinutes(10).AddTicks(-1)));
        Assert.False(identity.HasOpenTicket(Start.AddMinutes(10)));

        identity.LeadTo(User.Register(Start));
        Assert.False(identity.HasOpenTicket(Start));
        Assert.Null(identity.BindingTicketHash);
    }

    private static WeChatLogin LoginAt(int second) =>
        new("wx1", "o1", null, new SealedSessionKey([(byte)second], [(byte)second], Start.AddSeconds(second)));
}
