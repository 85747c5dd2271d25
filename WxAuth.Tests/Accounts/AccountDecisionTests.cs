using System.Buffers.Text;
using System.Text.Json.Nodes;
using WxAuth.Domain;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Accounts;

/// <summary>What becomes of a right or wrong password, a ticket and a user, decided without a database.</summary>
public sealed class AccountDecisionTests
{
    private const string App = "wx0000000000000001";
    private const string OtherApp = "wx0000000000000002";
    private static readonly string Ticket = Base64Url.EncodeToString(new byte[BindingTicket.Length]);
    private static readonly PasswordCommand Right = new("an.account", AccountPorts.Password);
    private static readonly PasswordCommand Wrong = new("an.account", "wrong password");

    private readonly AccountPorts _ports = new();
    private readonly User _account;

    public AccountDecisionTests() => _account = _ports.Account = User.CreateAccount("an.account", "hash", ["teacher"], _ports.Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_right_password_starts_a_session_whose_row_is_the_record_of_the_login()
    {
        var result = await _ports.Service.LoginAsync(Right, AccountPorts.Client, Ct);

        var login = Assert.IsType<LoginResult.LoggedIn>(result);
        Assert.Same(_account, login.User);
        Assert.Equal(_ports.Decided.Session!.Id, login.Tokens.SessionId);
        Assert.True(_ports.Decided.Session.RecordsLogin);
        Assert.Null(_ports.Decided.Session.AppId);
        Assert.Empty(_ports.Decided.Events);
        Assert.Equal(_ports.Now, _account.LastLoginAt);
    }

    [Fact]
    public async Task Beyond_the_limit_the_session_that_was_not_used_for_longest_ends()
    {
        _ports.Sessions.Add(_ports.Session(_account));
        _ports.Time.Advance(TimeSpan.FromMinutes(1));
        _ports.Sessions.Add(_ports.Session(_account));

        await _ports.Service.LoginAsync(Right, AccountPorts.Client, Ct);

        Assert.Equal([SessionEndReason.Replaced, null], _ports.Sessions.Select(session => session.EndReason));
        AssertEvent(AuditTypes.SessionEnded, _account.Id, null, _ports.Sessions[0].Id, """{"reason":"replaced"}""");
    }

    [Fact]
    public async Task A_wrong_password_is_audited_with_its_account_and_one_of_nobody_without()
    {
        Assert.Equal(FailureCode.CredentialsInvalid, await RefusalAsync(_ports.Service.LoginAsync(Wrong, AccountPorts.Client, Ct)));
        AssertEvent(AuditTypes.LoginRefused, _account.Id, null, null, """{"reason":"credentials_invalid"}""");

        _ports.Account = null;
        Assert.Equal(FailureCode.CredentialsInvalid, await RefusalAsync(_ports.Service.LoginAsync(Wrong, AccountPorts.Client, Ct)));
        AssertEvent(AuditTypes.LoginRefused, null, null, null, """{"reason":"credentials_invalid"}""");
        Assert.Equal(2, _ports.PairFailures.Failures);
    }

    [Fact]
    public async Task A_lock_says_how_long_it_lasts_and_starts_nothing()
    {
        for (var i = 0; i < 5; i++)
        {
            await _ports.Service.LoginAsync(Wrong, AccountPorts.Client, Ct);
        }

        var refused = Assert.IsType<LoginResult.Refused>(await _ports.Service.LoginAsync(Right, AccountPorts.Client, Ct));

        Assert.Equal((FailureCode.AccountLocked, PasswordLockout.PairLock), (refused.Failure.Code, refused.Failure.RetryAfter));
        Assert.Null(_ports.Decided.Session);
        AssertEvent(AuditTypes.LoginRefused, _account.Id, null, null, """{"reason":"account_locked"}""");
    }

    [Fact]
    public async Task A_disabled_account_is_told_so_only_with_the_right_password()
    {
        _account.Disable();

        Assert.Equal(FailureCode.CredentialsInvalid, await RefusalAsync(_ports.Service.LoginAsync(Wrong, AccountPorts.Client, Ct)));
        Assert.Equal(FailureCode.UserDisabled, await RefusalAsync(_ports.Service.LoginAsync(Right, AccountPorts.Client, Ct)));
        AssertEvent(AuditTypes.LoginRefused, _account.Id, null, null, """{"reason":"user_disabled"}""");
        Assert.Null(_ports.Decided.Session);
    }

    [Fact]
    public async Task A_bind_uses_the_ticket_up_and_forgets_that_the_app_was_unbound()
    {
        var identity = Hold();
        _account.Unbind(App);
        _account.Unbind(OtherApp);

        var result = await _ports.Service.BindAsync(Ticket, Right, AccountPorts.Client, Ct);

        Assert.Equal("an openid", Assert.IsType<LoginResult.LoggedIn>(result).OpenId);
        Assert.Equal(_account.Id, identity.UserId);
        Assert.Null(identity.BindingTicketHash);
        Assert.Equal([new UnboundApp(_account.Id, OtherApp)], _account.UnboundApps);
        Assert.Equal((App, "an openid"), (_ports.Decided.Session!.AppId, _ports.Decided.Session.OpenId));
        AssertEvent(AuditTypes.Bound, _account.Id, App, _ports.Decided.Session.Id, """{"by":"password"}""");
    }

    [Fact]
    public async Task A_bad_ticket_is_told_before_anything_is_counted()
    {
        Assert.Equal(FailureCode.BindingTicketInvalid, await RefusalAsync(_ports.Service.BindAsync(Ticket, Wrong, AccountPorts.Client, Ct)));
        AssertEvent(AuditTypes.BindRefused, _account.Id, null, null, """{"reason":"binding_ticket_invalid"}""");

        Hold();
        _ports.Time.Advance(BindingTicket.Lifetime);
        Assert.Equal(FailureCode.BindingTicketInvalid, await RefusalAsync(_ports.Service.BindAsync(Ticket, Right, AccountPorts.Client, Ct)));
        AssertEvent(AuditTypes.BindRefused, _account.Id, null, null, """{"reason":"binding_ticket_invalid"}""");
        Assert.True(_ports.PairFailures.IsEmpty && _ports.NameFailures.IsEmpty);
    }

    [Theory]
    [InlineData("wrong", FailureCode.CredentialsInvalid)]
    [InlineData("disabled", FailureCode.UserDisabled)]
    [InlineData("bound", FailureCode.BindingConflict)]
    public async Task A_refused_bind_leaves_the_ticket_good_and_is_audited_with_the_account(string why, FailureCode expected)
    {
        var identity = Hold();
        if (why == "disabled")
        {
            _account.Disable();
        }
        else if (why == "bound")
        {
            _ports.AppIds.Add(App);
        }

        var code = await RefusalAsync(_ports.Service.BindAsync(Ticket, why == "wrong" ? Wrong : Right, AccountPorts.Client, Ct));

        Assert.Equal(expected, code);
        Assert.True(identity.HasOpenTicket(_ports.Now));
        Assert.Null(_ports.Decided.Session);
        AssertEvent(AuditTypes.BindRefused, _account.Id, App, null, new JsonObject { ["reason"] = WireName.Of(expected) }.ToJsonString());
    }

    [Fact]
    public async Task A_bind_whose_unionid_leads_to_another_user_merges_nothing_and_says_so()
    {
        var other = Guid.CreateVersion7(_ports.Now);
        var identity = Hold(_account.Id, other, Guid.CreateVersion7(_ports.Now));

        await _ports.Service.BindAsync(Ticket, Right, AccountPorts.Client, Ct);

        Assert.Equal(_account.Id, identity.UserId);
        Assert.Equal([AuditTypes.Bound, AuditTypes.UnionIdConflict], _ports.Decided.Events.Select(item => item.Type));
        Assert.Equal($$"""{"otherUserId":"{{other}}"}""", _ports.Decided.Events.Last().Detail);
    }

    [Fact]
    public async Task A_join_moves_the_identities_and_erases_the_user()
    {
        _account.Unbind(App);
        var identity = AccountPorts.Identity(App, "an openid");
        var user = Ask(identity, administratesAlone: false);
        user.User.ChangePhone("+8613800000001");

        var result = await _ports.Service.JoinAsync(user.User.Id, _ports.AskingSession!.Id, Right, AccountPorts.Client, Ct);

        Assert.Same(_account, Assert.IsType<LoginResult.LoggedIn>(result).User);
        Assert.Equal((_account.Id, "+8613800000001"), (identity.UserId, _account.PhoneNumber));
        Assert.Equal((UserStatus.Erased, null), (user.User.Status, user.User.PhoneNumber));
        Assert.Equal(SessionEndReason.Merged, _ports.AskingSession.EndReason);
        Assert.Empty(_account.UnboundApps);
        Assert.Equal((App, "an openid"), (_ports.Decided.Session!.AppId, _ports.Decided.Session.OpenId));
        AssertEvent(
            AuditTypes.UserMerged, _account.Id, App, _ports.Decided.Session.Id, $$"""{"by":"password","mergedUserId":"{{user.User.Id}}"}""");
    }

    [Theory]
    [InlineData("wrong", FailureCode.CredentialsInvalid)]
    [InlineData("disabled", FailureCode.UserDisabled)]
    [InlineData("account", FailureCode.BindingConflict)]
    [InlineData("bound", FailureCode.BindingConflict)]
    [InlineData("administrator", FailureCode.LastAdministrator)]
    public async Task A_refused_join_changes_nothing_and_is_audited_without_the_account(string why, FailureCode expected)
    {
        var user = Ask(AccountPorts.Identity(App, "an openid"), administratesAlone: why == "administrator", hasAccount: why == "account");
        if (why == "disabled")
        {
            _account.Disable();
        }
        else if (why == "bound")
        {
            _ports.AppIds.Add(App);
        }

        var code = await RefusalAsync(_ports.Service.JoinAsync(
            user.User.Id, _ports.AskingSession!.Id, why == "wrong" ? Wrong : Right, AccountPorts.Client, Ct));

        Assert.Equal(expected, code);
        Assert.Equal(UserStatus.Active, user.User.Status);
        Assert.Null(_ports.AskingSession.EndReason);
        Assert.Null(_ports.Decided.Session);
        var detail = new JsonObject { ["reason"] = WireName.Of(expected) }.ToJsonString();
        AssertEvent(AuditTypes.BindRefused, user.User.Id, App, _ports.AskingSession.Id, detail);
    }

    [Fact]
    public async Task A_join_whose_session_has_ended_meanwhile_says_why_and_is_counted_all_the_same()
    {
        var user = Ask(AccountPorts.Identity(App, "an openid"), administratesAlone: false);
        _ports.AskingSession!.Revoke(SessionEndReason.Merged, new AuditContext(_ports.Now, null));

        var result = await _ports.Service.JoinAsync(user.User.Id, _ports.AskingSession.Id, Wrong, AccountPorts.Client, Ct);

        var failure = Assert.IsType<LoginResult.Refused>(result).Failure;
        Assert.Equal((FailureCode.SessionRevoked, SessionEndReason.Merged), (failure.Code, failure.Reason));
        Assert.Empty(_ports.Decided.Events);
        Assert.Equal(1, _ports.PairFailures.Failures);
    }

    [Fact]
    public async Task An_unbind_ends_the_sessions_of_the_identity_alone_and_is_remembered()
    {
        var identity = AccountPorts.Identity(App, "an openid");
        identity.LeadTo(_account);
        var own = _ports.Session(_account, App, "an openid");
        var byPassword = _ports.Session(_account);
        var locked = _ports.JoiningUser = new LockedUser(_account, [identity], [own, byPassword], isLastAdministrator: false);

        var unbound = await _ports.Service.UnbindAsync(new Caller(_account.Id, own.Id, App, "an openid", null), Ct);

        Assert.True(unbound);
        Assert.Null(identity.UserId);
        Assert.Equal([new UnboundApp(_account.Id, App)], _account.UnboundApps);
        Assert.Equal([SessionEndReason.Unbound, null], locked.Sessions.Select(session => session.EndReason));
        Assert.Equal([AuditTypes.SessionEnded, AuditTypes.Unbound], locked.Events.Select(item => item.Type));
        Assert.All(locked.Events, item => Assert.Equal((App, own.Id), (item.AppId, item.SessionId)));
    }

    [Theory]
    [InlineData(App, "another openid", true)]
    [InlineData(OtherApp, "an openid", true)]
    [InlineData(null, null, true)]
    [InlineData(App, "an openid", false)]
    public async Task What_is_not_bound_to_an_account_is_not_unbound(string? appId, string? openId, bool hasAccount)
    {
        var user = hasAccount ? _account : User.Register(_ports.Now);
        var identity = AccountPorts.Identity(App, "an openid");
        identity.LeadTo(user);
        var locked = _ports.JoiningUser = new LockedUser(user, [identity], [], isLastAdministrator: false);

        var unbound = await _ports.Service.UnbindAsync(new Caller(user.Id, Guid.Empty, appId, openId, null), Ct);

        Assert.False(unbound);
        Assert.Equal(user.Id, identity.UserId);
        Assert.Empty(locked.Events);
    }

    private static async Task<FailureCode> RefusalAsync(Task<LoginResult> login) => Assert.IsType<LoginResult.Refused>(await login).Failure.Code;

    /// <summary>An identity with an open ticket, and the users of others with its unionid.</summary>
    private WeChatIdentity Hold(params Guid[] unionIdUserIds)
    {
        var identity = AccountPorts.Identity(App, "an openid", "a unionid");
        identity.OpenTicket(new byte[32], loginKeyHash: null, _ports.Now);
        _ports.Holder = new TicketHolder(identity, unionIdUserIds);
        return identity;
    }

    /// <summary>A user who asks to join the account.</summary>
    private LockedUser Ask(WeChatIdentity identity, bool administratesAlone, bool hasAccount = false)
    {
        var user = hasAccount ? User.CreateAccount("other.account", "hash", [], _ports.Now) : User.Register(_ports.Now);
        identity.LeadTo(user);
        _ports.AskingSession = _ports.Session(user, identity.AppId, identity.OpenId);
        return _ports.JoiningUser = new LockedUser(user, [identity], [_ports.AskingSession], administratesAlone);
    }

    private void AssertEvent(string type, Guid? userId, string? appId, Guid? sessionId, string detail)
    {
        var item = Assert.Single(_ports.Decided.Events);
        Assert.Equal((type, userId, appId, sessionId, detail), (item.Type, item.UserId, item.AppId, item.SessionId, item.Detail));
        Assert.Equal((_ports.Now, AccountPorts.Client.Ip), (item.At, item.Ip));
    }
}
