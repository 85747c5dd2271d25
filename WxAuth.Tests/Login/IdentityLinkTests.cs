using WxAuth.Domain.Apps;
using WxAuth.Domain.Login;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Login;

/// <summary>To whom an identity leads: the decision alone, without a database.</summary>
public sealed class IdentityLinkTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly MiniProgram Open = new("wx1", RequireBinding: false);
    private static readonly MiniProgram Bound = new("wx1", RequireBinding: true);

    [Fact]
    public void Nobody_known_makes_a_new_user() =>
        Assert.IsType<IdentityLink.NewUser>(IdentityLink.Decide(new KnownLogin(), Open));

    [Fact]
    public void Nobody_known_must_be_bound_where_the_app_wants_accounts() =>
        Assert.IsType<IdentityLink.BindingRequired>(IdentityLink.Decide(new KnownLogin(), Bound));

    [Fact]
    public void An_identity_leads_to_its_user_in_every_app()
    {
        var user = User.Register(Now);
        var known = new KnownLogin { Identity = IdentityOf(user), User = user };

        Assert.Same(user, Assert.IsType<IdentityLink.Existing>(IdentityLink.Decide(known, Open)).User);
        Assert.Same(user, Assert.IsType<IdentityLink.Existing>(IdentityLink.Decide(known, Bound)).User);
    }

    [Fact]
    public void A_shared_unionid_links_an_identity_that_leads_to_nobody_also_where_the_app_wants_accounts()
    {
        var other = User.Register(Now);
        var known = new KnownLogin { Held = new HeldLogin(other, Own: null) };

        Assert.Same(other, Assert.IsType<IdentityLink.Linked>(IdentityLink.Decide(known, Open)).User);
        Assert.Same(other, Assert.IsType<IdentityLink.Linked>(IdentityLink.Decide(known, Bound)).User);
    }

    [Fact]
    public void An_account_that_was_unbound_in_this_app_is_not_led_to_by_a_unionid()
    {
        var other = User.Register(Now);
        other.Unbind(Open.AppId);
        var known = new KnownLogin { Held = new HeldLogin(other, Own: null) };

        Assert.IsType<IdentityLink.NewUser>(IdentityLink.Decide(known, Open));
        Assert.IsType<IdentityLink.BindingRequired>(IdentityLink.Decide(known, Bound));

        other.Bind(Open.AppId);
        Assert.IsType<IdentityLink.Linked>(IdentityLink.Decide(known, Open));
    }

    [Fact]
    public void A_late_unionid_moves_the_identity_of_a_bare_user()
    {
        var (own, other) = (User.Register(Now), User.Register(Now));

        var moved = Assert.IsType<IdentityLink.Moved>(IdentityLink.Decide(KnownLate(own, other), Open));

        Assert.Same(own, moved.From.User);
        Assert.Same(other, moved.To);
    }

    [Fact]
    public void A_late_unionid_that_leads_to_the_same_user_changes_nothing()
    {
        var own = User.Register(Now);

        Assert.IsType<IdentityLink.Existing>(IdentityLink.Decide(KnownLate(own, own), Open));
    }

    [Theory]
    [InlineData("nickname")]
    [InlineData("phone")]
    [InlineData("roles")]
    [InlineData("account")]
    [InlineData("disabled")]
    [InlineData("second identity")]
    public void A_user_that_is_more_than_bare_is_never_merged_silently(string what)
    {
        var other = User.Register(Now);
        var own = what == "account" ? User.CreateAccount("name", "hash", [], Now) : User.Register(Now);
        switch (what)
        {
            case "nickname":
                own.ChangeProfile(new ProfileChange(SetNickname: true, "小明", SetAvatarUrl: false, null));
                break;
            case "phone":
                own.ChangePhone("+8613800138000");
                break;
            case "roles":
                own.ChangeRoles(["member"]);
                break;
            case "disabled":
                own.Disable();
                break;
        }

        var known = KnownLate(own, other, identities: what == "second identity" ? 2 : 1);

        var conflict = Assert.IsType<IdentityLink.Conflict>(IdentityLink.Decide(known, Open));
        Assert.Same(own, conflict.User);
        Assert.Same(other, conflict.Other);
    }

    [Fact]
    public void The_unionid_is_asked_for_only_where_it_can_matter()
    {
        var user = User.Register(Now);
        var known = new KnownLogin { Identity = IdentityOf(user, "union"), User = user };

        Assert.False(known.DependsOnUnionId(LoginOf(null)));
        Assert.False(known.DependsOnUnionId(LoginOf("union")));
        Assert.True(known.DependsOnUnionId(LoginOf("another")));
        Assert.True(new KnownLogin().DependsOnUnionId(LoginOf("union")));
        Assert.False(new KnownLogin().DependsOnUnionId(LoginOf(null)));
        Assert.False(new KnownLogin { Held = new HeldLogin(null, null) }.DependsOnUnionId(LoginOf("union")));
    }

    private static KnownLogin KnownLate(User own, User other, int identities = 1)
    {
        var all = Enumerable.Range(0, identities).Select(_ => IdentityOf(own)).ToArray();
        return new KnownLogin
        {
            Identity = all[0],
            User = own,
            Held = new HeldLogin(other, new LockedUser(own, all, [], isLastAdministrator: false)),
        };
    }

    private static WeChatIdentity IdentityOf(User user, string? unionId = null)
    {
        var identity = WeChatIdentity.Create(LoginOf(unionId), Now);
        identity.LeadTo(user);
        return identity;
    }

    private static WeChatLogin LoginOf(string? unionId) => new("wx1", "o1", unionId, new SealedSessionKey([1], [1], Now));
}
