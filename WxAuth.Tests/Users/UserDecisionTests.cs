using System.Net;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;
using Ending = WxAuth.Domain.Users.Erasure;

namespace WxAuth.Tests.Users;

/// <summary>What becomes of a user when somebody changes, uploads, takes back, cancels or erases: decided without a database.</summary>
public sealed class UserDecisionTests
{
    private const string AppId = "wx0000000000000001";
    private const string BaseAddress = "https://wxauth.example/api/avatars/";
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Ip = IPAddress.Parse("198.51.100.1");
    private static readonly AuditContext Context = new(Now, Ip);

    private readonly FakeTimeProvider _time = new(Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_profile_change_is_audited_with_what_changed_and_not_at_all_where_nothing_did()
    {
        var user = User.Register(Now);
        var store = new OneUser(Locked(user));
        var service = new UserService(store, _time);

        await service.ChangeProfileAsync(user.Id, new ProfileChange(SetNickname: true, "n", SetAvatarUrl: true, AvatarUrl: null), Ip, Ct);
        await service.ChangeProfileAsync(user.Id, new ProfileChange(SetNickname: true, "n", SetAvatarUrl: true, AvatarUrl: null), Ip, Ct);
        await service.ChangeProfileAsync(user.Id, new ProfileChange(SetNickname: false, null, SetAvatarUrl: false, null), Ip, Ct);

        var audited = Assert.Single(store.Events);
        Assert.Equal((AuditTypes.ProfileChanged, Ip), (audited.Type, audited.Ip));
        Assert.Equal("""{"nickname":true,"avatarUrl":false}""", audited.Detail);
        Assert.Equal("n", user.Nickname);
    }

    [Fact]
    public void A_phone_number_changes_once_and_is_audited_by_its_last_digits()
    {
        var user = User.Register(Now);

        Assert.Equal((true, false), (user.ChangePhone("+8613800138001"), user.ChangePhone("+8613800138001")));
        Assert.Equal("""{"phoneNumber":"***8001"}""", AuditEvents.PhoneChanged(user, AppId, null, Context).Detail);
        Assert.Equal((true, false), (user.ChangePhone(null), user.ChangePhone(null)));
    }

    [Fact]
    public async Task The_same_picture_again_changes_nothing_and_another_takes_its_place()
    {
        var user = User.Register(Now);
        var store = new OneUser(Locked(user));
        var service = new AvatarService(store, _time);

        await service.ReplaceAsync(user.Id, [1, 2], "image/png", BaseAddress, Ip, Ct);
        var first = store.Picture;
        await service.ReplaceAsync(user.Id, [1, 2], "image/png", BaseAddress, Ip, Ct);
        Assert.Same(first, store.Picture);
        Assert.Single(store.Events);

        await service.ReplaceAsync(user.Id, [1, 2, 3], "image/png", BaseAddress, Ip, Ct);
        Assert.NotSame(first, store.Picture);
        Assert.Equal($"{BaseAddress}{store.Picture!.Id}", user.AvatarUrl);
        Assert.Equal(2, store.Events.Count);
        Assert.All(store.Events, item => Assert.Equal("""{"nickname":false,"avatarUrl":true,"uploaded":true}""", item.Detail));
    }

    [Fact]
    public async Task The_same_picture_is_kept_again_where_the_profile_does_not_show_it_under_this_address()
    {
        var user = User.Register(Now);
        var store = new OneUser(Locked(user));
        var service = new AvatarService(store, _time);
        await service.ReplaceAsync(user.Id, [1, 2], "image/png", "https://former.example/api/avatars/", Ip, Ct);

        await service.ReplaceAsync(user.Id, [1, 2], "image/png", BaseAddress, Ip, Ct);

        Assert.Equal($"{BaseAddress}{store.Picture!.Id}", user.AvatarUrl);
    }

    [Theory]
    [InlineData("https://wxauth.example/api/avatars/01a1f7f8-3000-7000-8000-000000000001", true)]
    [InlineData("https://wxauth.example/api/avatars/01A1F7F8-3000-7000-8000-000000000001", true)]
    [InlineData("01a1f7f8-3000-7000-8000-000000000001", false)]
    [InlineData("https://wxauth.example/api/avatars/01a1f7f8300070008000000000000001", false)]
    [InlineData("https://a.example/a.png", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_address_tells_which_uploaded_picture_it_shows(string? address, bool isOurs) =>
        Assert.Equal(isOurs ? new Guid("01a1f7f8-3000-7000-8000-000000000001") : null, Avatar.IdIn(address));

    [Fact]
    public async Task An_erased_user_keeps_an_id_and_times_alone()
    {
        var user = Full();
        var (identity, sessions) = (Identity(user), new[] { SessionOf(user, Now), SessionOf(user, Now.AddDays(-40)) });
        var store = new OneUser(Locked(user, [identity], sessions));

        var erasure = await new PersonalDataService(store, null!, _time).EraseAsync(user.Id, Ct);

        Assert.Equal(Ending.Erased, erasure);
        Assert.Equal((UserStatus.Erased, Now), (user.Status, user.ErasedAt));
        Assert.Equal((null, null, null), (user.Nickname, user.AvatarUrl, user.PhoneNumber));
        Assert.Equal((null, null, null), (user.UserName, user.PasswordHash, user.LastLoginAt));
        Assert.Empty(user.Roles);
        // The session that had expired weeks ago needs no end.
        Assert.Equal((SessionEndReason.Erased, null), (sessions[0].EndReason, sessions[1].EndReason));
        Assert.Equal([AuditTypes.SessionEnded, AuditTypes.UserErased], store.Events.Select(item => item.Type));
        Assert.All(store.Events, item => Assert.Null(item.Ip));
        Assert.Equal("""{"by":"user"}""", store.Events[1].Detail);
        Assert.Equal(Ending.ErasedBefore, await new PersonalDataService(store, null!, _time).EraseAsync(user.Id, Ct));
    }

    [Fact]
    public async Task The_last_administrator_is_not_erased()
    {
        var user = Full();
        var session = SessionOf(user, Now);
        var store = new OneUser(new LockedUser(user, [Identity(user)], [session], isLastAdministrator: true));

        Assert.Equal(Ending.LastAdministrator, await new PersonalDataService(store, null!, _time).EraseAsync(user.Id, Ct));

        Assert.Equal((UserStatus.Active, "n", null), (user.Status, user.Nickname, session.EndReason));
        Assert.Empty(store.Events);
    }

    [Theory]
    [InlineData(RevokedData.None, "n", "+1")]
    [InlineData(RevokedData.Profile, null, "+1")]
    [InlineData(RevokedData.Phone, "n", null)]
    [InlineData(RevokedData.Profile | RevokedData.Phone, null, null)]
    public void What_a_user_takes_back_is_cleared_and_nothing_else(RevokedData revoked, string? nickname, string? phoneNumber)
    {
        var user = Full();

        new PushSubject(Identity(user), Locked(user)).TakeBack(revoked);
        new PushSubject(Identity(user), user: null).TakeBack(revoked);

        Assert.Equal((nickname, nickname, phoneNumber), (user.Nickname, user.AvatarUrl, user.PhoneNumber));
    }

    [Fact]
    public void Who_closes_the_only_way_in_is_erased()
    {
        var user = User.Register(Now);
        var (identity, session) = (Identity(user), SessionOf(user, Now));
        var locked = Locked(user, [identity], [session]);
        var subject = new PushSubject(identity, locked);

        subject.Cancel(Context);

        Assert.Equal((UserStatus.Erased, SessionEndReason.Erased), (user.Status, session.EndReason));
        Assert.Equal([identity], locked.RemovedIdentities);
        Assert.Equal(new ErasedTraces(user.Id, null, null), locked.ErasedTraces);
        Assert.Equal("""{"by":"wechat"}""", locked.Events.Single(item => item.Type == AuditTypes.UserErased).Detail);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Who_closes_one_of_two_ways_in_loses_that_identity_and_its_sessions(bool account, bool otherIdentity)
    {
        var user = account ? User.CreateAccount("name", "hash", [], Now) : User.Register(Now);
        var (closed, other) = (Identity(user), Identity(user, "o2"));
        var (ended, kept) = (SessionOf(user, Now), SessionOf(user, Now, "o2"));
        var locked = Locked(user, otherIdentity ? [closed, other] : [closed], [ended, kept]);

        new PushSubject(closed, locked).Cancel(Context);

        Assert.Equal((UserStatus.Active, SessionEndReason.Erased, null), (user.Status, ended.EndReason, kept.EndReason));
        Assert.Equal([closed], locked.RemovedIdentities);
        Assert.Equal(new ErasedTraces(user.Id, AppId, "o1"), locked.ErasedTraces);
        Assert.DoesNotContain(locked.Events, item => item.Type == AuditTypes.UserErased || item.Ip is not null);
    }

    [Fact]
    public void A_closed_identity_that_leads_to_nobody_is_removed_and_an_unknown_one_is_nothing()
    {
        var unbound = new PushSubject(Identity(User.Register(Now)), user: null);
        var unknown = new PushSubject(identity: null, user: null);

        unbound.Cancel(Context);
        unknown.Cancel(Context);

        Assert.Equal((true, false), (unbound.IsRemoved, unknown.IsRemoved));
    }

    private static User Full()
    {
        var user = User.CreateAccount("name", "hash", [User.AdminRole], Now);
        user.ChangeProfile(new ProfileChange(SetNickname: true, "n", SetAvatarUrl: true, "n"));
        user.ChangePhone("+1");
        user.RecordLogin(Now);
        return user;
    }

    private static WeChatIdentity Identity(User user, string openId = "o1")
    {
        var identity = WeChatIdentity.Create(new WeChatLogin(AppId, openId, "u1", new SealedSessionKey([1], [2], Now)), Now);
        identity.LeadTo(user);
        return identity;
    }

    private static Session SessionOf(User user, DateTimeOffset at, string openId = "o1") =>
        Session.Start(user, (AppId, openId), [1], new SessionPolicy(), new ClientInfo(Ip, "agent"), at);

    private static LockedUser Locked(
        User user, IReadOnlyList<WeChatIdentity>? identities = null, IReadOnlyList<Session>? sessions = null) =>
        new(user, identities ?? [], sessions ?? [], isLastAdministrator: false);
}
