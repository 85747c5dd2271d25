using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>
/// Logs a mini-program's user in: exchanges the code with WeChat, finds or makes the user, starts a session and issues its tokens.
/// </summary>
public sealed partial class LoginService(
    IWeChatApi weChat, ILoginStore logins, SessionTokens tokens, PhoneService phones, ILogger<LoginService> logger)
{
    private const int MaxTries = 10;

    /// <summary>After so many tries that others came before, the rows are held.</summary>
    private const int TriesWithoutLocks = 2;

    /// <summary>A retry counts for so long after the first try.</summary>
    private static readonly TimeSpan RetryWindow = TimeSpan.FromMinutes(5);

    /// <summary>A retry waits for so long for a first try that is still under way.</summary>
    private static readonly TimeSpan WaitForFirstTry = TimeSpan.FromSeconds(2);

    /// <summary>
    /// When a retry looks for a first try that is under way on another node. One on this node is waited for without looking.
    /// </summary>
    private static readonly TimeSpan[] LookAgainAfter = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(1200)];

    /// <summary>Exchanges a code and starts a session.</summary>
    /// <param name="command">What the phone sent, within the limits of the contract.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="WeChatException">WeChat cannot be reached, answers garbage, refuses the app or limits it.</exception>
    /// <exception cref="ConcurrentChangeException">Others changed the same user time after time.</exception>
    public async Task<LoginResult> LoginAsync(LoginCommand command, ClientInfo client, CancellationToken cancellationToken)
    {
        var outcome = "error";
        try
        {
            var result = command.IdempotencyKey is null
                ? await ExchangeAsync(command, loginKeyHash: null, client, cancellationToken)
                : await ExchangeOnceAsync(command, command.IdempotencyKey, client, cancellationToken);
            if (result is LoginResult.LoggedIn login && command.PhoneCode is { } phoneCode)
            {
                result = await KeepPhoneAsync(login, command.App, phoneCode, client, cancellationToken);
            }

            outcome = WxAuthTelemetry.OutcomeOf(result);
            return result;
        }
        catch (WeChatException e)
        {
            outcome = WxAuthTelemetry.OutcomeOf(e.Fault);
            throw;
        }
        finally
        {
            WxAuthTelemetry.CountLogin(command.App.AppId, outcome);
        }
    }

    private async Task<LoginResult> ExchangeAsync(LoginCommand command, byte[]? loginKeyHash, ClientInfo client, CancellationToken cancellationToken)
    {
        // No transaction is open here: the call is slow, and its code cannot be used twice.
        var exchange = await weChat.ExchangeCodeAsync(command.App.AppId, command.Code, cancellationToken);
        return exchange switch
        {
            CodeExchange.Accepted accepted => await RecordAsync(command.App, accepted.Login, loginKeyHash, client, cancellationToken),
            CodeExchange.Refused refused => await RefuseAsync(command.App, refused.Refusal, loginKeyHash, client, cancellationToken),
            _ => throw new InvalidOperationException($"{exchange.GetType()} is not an ending of an exchange."),
        };
    }

    /// <summary>The same with an Idempotency-Key, with which a retry gets the session that the first try made.</summary>
    private async Task<LoginResult> ExchangeOnceAsync(LoginCommand command, string key, ClientInfo client, CancellationToken cancellationToken)
    {
        var loginKeyHash = SHA256.HashData(Encoding.UTF8.GetBytes($"wxauth login\n{command.App.AppId}\n{command.Code}\n{key}"));
        using var turn = await logins.WaitForTurnAsync(Convert.ToHexStringLower(loginKeyHash), WaitForFirstTry, cancellationToken);
        try
        {
            return await ExchangeAsync(command, loginKeyHash, client, cancellationToken);
        }
        catch (WeChatException e) when (e.Fault == WeChatFault.Unavailable)
        {
            // The first try may have gone through: then its retry does not need WeChat.
            if (await FindFirstTryAsync(loginKeyHash, cancellationToken) is { } firstTry)
            {
                return firstTry;
            }

            throw;
        }
    }

    /// <summary>Finds or makes the user whom WeChat names, and starts a session.</summary>
    private async Task<LoginResult> RecordAsync(
        MiniProgram app, WeChatLogin login, byte[]? loginKeyHash, ClientInfo client, CancellationToken cancellationToken)
    {
        using var turn = await logins.WaitForTurnAsync($"{login.AppId} {login.OpenId}", longest: null, cancellationToken);
        for (var tries = 1; tries <= MaxTries; tries++)
        {
            var context = new AuditContext(tokens.Now, client.Ip);
            var known = await logins.FindAsync(login, context.At, cancellationToken);
            if (known.DependsOnUnionId(login) || tries > TriesWithoutLocks)
            {
                known = await logins.FindAndHoldAsync(login, context.At, cancellationToken);
            }

            var link = IdentityLink.Decide(known, app);
            var identity = known.Identity ??= WeChatIdentity.Create(login, context.At);
            identity.Keep(login);
            var user = Link(known, link, identity, app, context);
            var result = user switch
            {
                null => RequireBinding(known, identity, loginKeyHash, context),
                { IsActive: false } => RefuseDisabled(known, user, app, context),
                _ => await StartSessionAsync(known, link, user, loginKeyHash, client, context, cancellationToken),
            };
            if (await logins.SaveAsync(known, cancellationToken))
            {
                return result;
            }

            // Somebody else was first: look again.
        }

        throw new ConcurrentChangeException();
    }

    /// <summary>Does what was decided. The user that the identity leads to now; <c>null</c>: it must be bound first.</summary>
    private static User? Link(KnownLogin known, IdentityLink link, WeChatIdentity identity, MiniProgram app, AuditContext context)
    {
        switch (link)
        {
            case IdentityLink.Existing existing:
                return existing.User;
            case IdentityLink.NewUser:
                known.User = User.Register(context.At);
                identity.LeadTo(known.User);
                return known.User;
            case IdentityLink.Linked linked:
                identity.LeadTo(linked.User);
                if (app.RequireBinding)
                {
                    known.Events.Add(AuditEvents.Bound(linked.User, app.AppId, sessionId: null, LinkMeans.Unionid, context));
                }

                return linked.User;
            case IdentityLink.Moved moved:
                moved.From.MergeInto(moved.To, context);
                known.Events.Add(AuditEvents.UserMerged(moved.To, moved.From.User.Id, app.AppId, sessionId: null, LinkMeans.Unionid, context));
                return moved.To;
            case IdentityLink.Conflict conflict:
                known.Events.Add(AuditEvents.UnionIdConflict(conflict.User, conflict.Other.Id, app.AppId, context));
                return conflict.User;
            case IdentityLink.BindingRequired:
                return null;
            default:
                throw new InvalidOperationException($"{link.GetType()} is no decision about an identity.");
        }
    }

    private static LoginResult.Refused RequireBinding(KnownLogin known, WeChatIdentity identity, byte[]? loginKeyHash, AuditContext context)
    {
        var ticket = RandomNumberGenerator.GetBytes(BindingTicket.Length);
        identity.OpenTicket(SHA256.HashData(ticket), loginKeyHash, context.At);
        known.Events.Add(AuditEvents.LoginRefused(userId: null, identity.AppId, FailureCode.BindingRequired, context));
        return BindingRequired(identity, ticket);
    }

    private static LoginResult.Refused BindingRequired(WeChatIdentity identity, byte[] ticket) => new(new Failure(FailureCode.BindingRequired)
    {
        BindingTicket = new BindingTicket(Base64Url.EncodeToString(ticket), identity.BindingTicketExpiresAt!.Value),
    });

    private static LoginResult.Refused RefuseDisabled(KnownLogin known, User user, MiniProgram app, AuditContext context)
    {
        known.Events.Add(AuditEvents.LoginRefused(user.Id, app.AppId, FailureCode.UserDisabled, context));
        return new(FailureCode.UserDisabled);
    }

    private async Task<LoginResult> StartSessionAsync(
        KnownLogin known, IdentityLink link, User user, byte[]? loginKeyHash, ClientInfo client, AuditContext context, CancellationToken cancellationToken)
    {
        var isNew = link is IdentityLink.NewUser;
        // The count is of the user that the identity led to before; another one's sessions are looked at.
        if (known.LiveSessions >= tokens.Policy.MaxPerUser || link is IdentityLink.Linked or IdentityLink.Moved)
        {
            var live = await logins.FindLiveSessionsAsync(user.Id, context.At, cancellationToken);
            foreach (var ended in SessionLimit.MakeRoom(live, tokens.Policy.MaxPerUser, context))
            {
                known.Events.Add(ended);
            }
        }

        user.RecordLogin(context.At);
        var identity = known.Identity!;
        var seed = tokens.CreateSeed(loginKeyHash);
        var session = tokens.Start(user, (identity.AppId, identity.OpenId), seed, client, context.At, loginKeyHash, isNew);
        known.Session = session;
        return new LoginResult.LoggedIn(tokens.Issue(session, user, seed, session.AccessExpiresAt, context.At), user, isNew) { OpenId = identity.OpenId };
    }

    private async Task<LoginResult> RefuseAsync(
        MiniProgram app, CodeRefusal refusal, byte[]? loginKeyHash, ClientInfo client, CancellationToken cancellationToken)
    {
        if (loginKeyHash is not null && refusal != CodeRefusal.UserBlocked)
        {
            // A used code may be the first try's; that may still be on its way to the database, on another node.
            for (var look = 0; look <= LookAgainAfter.Length; look++)
            {
                if (look > 0)
                {
                    await Task.Delay(LookAgainAfter[look - 1], tokens.Clock, cancellationToken);
                }

                if (await FindFirstTryAsync(loginKeyHash, cancellationToken) is { } firstTry)
                {
                    return firstTry;
                }
            }
        }

        var code = refusal switch
        {
            CodeRefusal.Invalid => FailureCode.CodeInvalid,
            CodeRefusal.Used => FailureCode.CodeUsed,
            CodeRefusal.UserBlocked => FailureCode.UserBlockedByWechat,
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
        };
        await logins.RecordRefusalAsync(
            AuditEvents.LoginRefused(userId: null, app.AppId, code, new AuditContext(tokens.Now, client.Ip)), cancellationToken);
        Log.Refused(logger, app.AppId, WireName.Of(code));
        return new LoginResult.Refused(code);
    }

    /// <summary>Answers a retry with what its first try made; <c>null</c> where nothing is known of a first try, or it came to nothing.</summary>
    private async Task<LoginResult?> FindFirstTryAsync(byte[] loginKeyHash, CancellationToken cancellationToken)
    {
        for (var tries = 1; tries <= MaxTries; tries++)
        {
            var now = tokens.Now;
            LoginResult? result = null;
            switch (await logins.FindFirstTryAsync(loginKeyHash, now - RetryWindow, cancellationToken))
            {
                case { Session: { } session, User: { IsActive: true } user } when session.IsLive(now):
                    var accessExpiresAt = session.Resume(tokens.Policy, now);
                    var seed = tokens.CreateSeed(loginKeyHash);
                    result = new LoginResult.LoggedIn(tokens.Issue(session, user, seed, accessExpiresAt, now), user, session.IsNewUser) { OpenId = session.OpenId };
                    break;
                case { Identity: { UserId: null } identity }:
                    // The lost ticket is void.
                    var ticket = RandomNumberGenerator.GetBytes(BindingTicket.Length);
                    identity.RenewTicket(SHA256.HashData(ticket), now);
                    result = BindingRequired(identity, ticket);
                    break;
            }

            if (result is null || await logins.SaveRetriedAsync(cancellationToken))
            {
                return result;
            }
        }

        throw new ConcurrentChangeException();
    }

    // The login stands whatever becomes of the number: its code is used up.
    private async Task<LoginResult> KeepPhoneAsync(
        LoginResult.LoggedIn login, MiniProgram app, string phoneCode, ClientInfo client, CancellationToken cancellationToken)
    {
        try
        {
            var caller = new Caller(login.User.Id, login.Tokens.SessionId, app.AppId, OpenId: null, client.Ip);
            return await phones.ChangeAsync(caller, app.AppId, phoneCode, cancellationToken) switch
            {
                UserResult.Done done => login with { User = done.User },
                UserResult.Refused refused => login with { PhoneFailure = refused.Failure },
                var other => throw new InvalidOperationException($"{other.GetType()} is not an ending of a phone number."),
            };
        }
        catch (WeChatException e)
        {
            Log.PhoneFailed(logger, login.User.Id, e.Fault, e.Message);
            return login with { PhoneFault = e.Fault };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2002, LogLevel.Information, "A login in app {AppId} was refused: {Reason}.")]
        public static partial void Refused(ILogger logger, string appId, string reason);

        [LoggerMessage(2201, LogLevel.Warning, "User {UserId} logged in, but WeChat failed to tell the phone number ({Fault}): {Reason}")]
        public static partial void PhoneFailed(ILogger logger, Guid userId, WeChatFault fault, string reason);
    }
}
