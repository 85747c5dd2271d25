using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Accounts;

/// <summary>Logs in with a password: alone, to bind a WeChat identity, or to join a user with its account. Takes a binding back.</summary>
public sealed partial class AccountService(
    PasswordCheck passwords, IAccountStore accounts, IUserStore users, SessionTokens tokens, ILogger<AccountService> logger)
{
    /// <summary>Starts a session without a mini-program.</summary>
    public async Task<LoginResult> LoginAsync(PasswordCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var attempt = await CompareAsync(request, client, cancellationToken);
        var context = ContextOf(client);
        return Tell(await accounts.LoginAsync(attempt, context.At, account => Login(account, attempt, client, context), cancellationToken));
    }

    /// <summary>Binds the identity that a ticket stands for to the account, and logs in.</summary>
    /// <param name="bindingTicket">From the <c>binding_required</c> of a login.</param>
    /// <param name="request">The account.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<LoginResult> BindAsync(string bindingTicket, PasswordCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var ticketHash = HashTicket(bindingTicket);
        var attempt = await CompareAsync(request, client, cancellationToken);
        var context = ContextOf(client);
        return Tell(await accounts.BindAsync(
            ticketHash, attempt, context.At, (account, holder) => Bind(account, holder, attempt, client, context), cancellationToken));
    }

    /// <summary>
    /// Joins a user that a login made with its account: its identities move, the account takes what it lacks, the rest is erased.
    /// </summary>
    public async Task<LoginResult> JoinAsync(
        Guid userId, Guid sessionId, PasswordCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var attempt = await CompareAsync(request, client, cancellationToken);
        var context = ContextOf(client);
        return Tell(await accounts.JoinAsync(
            userId,
            sessionId,
            attempt,
            context.At,
            (account, joining) => Join(account, userId, joining, attempt, client, context),
            cancellationToken));
    }

    /// <summary>
    /// Unbinds the session's identity from the account. Nobody is locked out by it: an account always has a password (the database
    /// holds to it), so its owner gets in with that and can bind again.
    /// </summary>
    /// <returns>Whether it was bound.</returns>
    public Task<bool> UnbindAsync(Caller caller, CancellationToken cancellationToken)
    {
        var context = new AuditContext(tokens.Now, caller.Ip);
        return users.ChangeWithAllAsync(caller.UserId, gone: false, user => Unbind(user, caller, context), cancellationToken);
    }

    private Ending Login(LockedAccount account, PasswordAttempt attempt, ClientInfo client, AuditContext context)
    {
        if ((account.Judge(attempt.IsRight, context.At) ?? account.RefusalToLogIn()) is { } failure)
        {
            account.Events.Add(AuditEvents.LoginRefused(attempt.UserId, appId: null, failure.Code, context));
            return Refused(failure);
        }

        return StartSession(account, attempt, identity: null, client, context);
    }

    private Ending Bind(LockedAccount account, TicketHolder? holder, PasswordAttempt attempt, ClientInfo client, AuditContext context)
    {
        // With a ticket that is not good nothing is counted: it learns nothing.
        if (holder is null || !holder.Identity.HasOpenTicket(context.At))
        {
            return RefuseBind(FailureCode.BindingTicketInvalid, appId: null);
        }

        var identity = holder.Identity;
        if ((account.Judge(attempt.IsRight, context.At) ?? account.RefusalToBind(identity)) is { } failure)
        {
            return RefuseBind(failure, identity.AppId);
        }

        var ending = StartSession(account, attempt, (identity.AppId, identity.OpenId), client, context);
        var user = account.User!;
        identity.LeadTo(user);
        user.Bind(identity.AppId);
        account.Events.Add(AuditEvents.Bound(user, identity.AppId, account.Session!.Id, LinkMeans.Password, context));
        foreach (var other in holder.UnionIdUserIds.Where(other => other != user.Id).Take(1))
        {
            // The same person is another user in another app since the ticket was made: nothing is merged silently.
            account.Events.Add(AuditEvents.UnionIdConflict(user, other, identity.AppId, context));
        }

        return ending;

        Ending RefuseBind(Failure failure, string? appId)
        {
            account.Events.Add(AuditEvents.BindRefused(attempt.UserId, appId, sessionId: null, failure.Code, context));
            return Refused(failure);
        }
    }

    private Ending Join(
        LockedAccount account, Guid userId, JoiningUser joining, PasswordAttempt attempt, ClientInfo client, AuditContext context)
    {
        var failure = account.Judge(attempt.IsRight, context.At);
        if (joining.Session is not { EndedAt: null } session)
        {
            // Ended since the token was checked, by another join for instance.
            var reason = joining.Session?.EndReason ?? SessionEndReason.RevokedByAdmin;
            return Refused(new Failure(FailureCode.SessionRevoked) { Reason = reason });
        }

        failure ??= account.RefusalToJoin(joining.User);
        if (failure is not null)
        {
            // Without the account: the user may read its own events, and must not learn from them which names exist.
            account.Events.Add(AuditEvents.BindRefused(userId, session.AppId, session.Id, failure.Code, context));
            return Refused(failure);
        }

        var identity = session is { AppId: { } appId, OpenId: { } openId } ? (appId, openId) : ((string, string)?)null;
        var ending = StartSession(account, attempt, identity, client, context);
        var (user, other) = (account.User!, joining.User!);
        foreach (var moved in other.Identities)
        {
            user.Bind(moved.AppId);
        }

        other.MergeInto(user, context);
        account.Events.Add(AuditEvents.UserMerged(user, userId, session.AppId, account.Session!.Id, LinkMeans.Password, context));
        return ending;
    }

    private static bool Unbind(LockedUser user, Caller caller, AuditContext context)
    {
        var identity = user.Identities.SingleOrDefault(identity =>
            string.Equals(identity.AppId, caller.AppId, StringComparison.Ordinal)
            && string.Equals(identity.OpenId, caller.OpenId, StringComparison.Ordinal));
        if (identity is null || !user.User.HasAccount)
        {
            return false;
        }

        identity.Unbind();
        user.User.Unbind(identity.AppId);
        user.RevokeSessions(SessionEndReason.Unbound, context, session => session.BeganWith(identity));
        user.Events.Add(AuditEvents.Unbound(user.User, identity.AppId, caller.SessionId, context));
        return true;
    }

    /// <summary>The end of every login with a right password: the hash at today's cost, the session, its tokens.</summary>
    private Ending StartSession(
        LockedAccount account, PasswordAttempt attempt, (string AppId, string OpenId)? identity, ClientInfo client, AuditContext context)
    {
        foreach (var ended in SessionLimit.MakeRoom(account.Sessions, tokens.Policy.MaxPerUser, context))
        {
            account.Events.Add(ended);
        }

        var user = account.User!;
        if (attempt.NewHash is { } hash)
        {
            user.Rehash(hash);
        }

        user.RecordLogin(context.At);
        var seed = tokens.CreateSeed(loginKeyHash: null);
        var session = tokens.Start(user, identity, seed, client, context.At);
        account.Session = session;
        var issued = tokens.Issue(session, user, seed, session.AccessExpiresAt, context.At);
        return new Ending(
            new LoginResult.LoggedIn(issued, user, IsNewUser: false) { OpenId = session.OpenId }, session.AppId ?? ClientIds.Platform);
    }

    private static Ending Refused(Failure failure) => new(new LoginResult.Refused(failure), ClientIds.Platform);

    private LoginResult Tell(Ending ending)
    {
        var (result, clientId) = ending;
        switch (result)
        {
            case LoginResult.LoggedIn login:
                Log.LoggedIn(logger, login.User.Id, clientId);
                break;
            case LoginResult.Refused refused:
                Log.Refused(logger, refused.Failure.Code);
                break;
            default:
                throw new InvalidOperationException($"{result.GetType()} is not an ending of a login.");
        }

        WxAuthTelemetry.CountLogin(clientId, WxAuthTelemetry.OutcomeOf(result));
        return result;
    }

    private Task<PasswordAttempt> CompareAsync(PasswordCommand request, ClientInfo client, CancellationToken cancellationToken) =>
        passwords.CompareAsync(request.UserName, request.Password, client.Ip, cancellationToken);

    // Asked for after the hashing, which may have waited its turn: the order of events is that of the database.
    private AuditContext ContextOf(ClientInfo client) => new(tokens.Now, client.Ip);

    // What is no ticket of ours has the hash of none.
    private static byte[] HashTicket(string ticket)
    {
        Span<byte> bytes = stackalloc byte[BindingTicket.Length];
        return ticket.Length == Base64Url.GetEncodedLength(BindingTicket.Length)
            && Base64Url.IsValid(ticket)
            && Base64Url.TryDecodeFromChars(ticket, bytes, out var written) && written == BindingTicket.Length
                ? SHA256.HashData(bytes)
                : [];
    }

    /// <summary>How a login ended, and by which client the metrics count it.</summary>
    private sealed record Ending(LoginResult Result, string ClientId);

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Debug, "User {UserId} logged in with a password in {ClientId}.")]
        public static partial void LoggedIn(ILogger logger, Guid userId, string clientId);

        [LoggerMessage(2302, LogLevel.Information, "A login with a password was refused: {Code}.")]
        public static partial void Refused(ILogger logger, FailureCode code);
    }
}

/// <summary>A user name and a password, within the limits of the contract.</summary>
/// <param name="UserName">In any case.</param>
/// <param name="Password">1 to 128 code points.</param>
public sealed record PasswordCommand(string UserName, string Password)
{
    /// <summary>Without the password: a record writes its members by itself.</summary>
    public override string ToString() => nameof(PasswordCommand);
}
