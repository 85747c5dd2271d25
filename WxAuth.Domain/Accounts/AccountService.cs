using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Tokens;

namespace WxAuth.Domain.Accounts;

/// <summary>Logs in with a password: alone, to bind a WeChat identity, or to join a user with its account.</summary>
public sealed partial class AccountService(
    PasswordCheck passwords,
    IAccountStore accounts,
    SessionTokens tokens,
    SessionPolicy policy,
    TimeProvider timeProvider,
    ILogger<AccountService> logger)
{
    private const int TicketLength = 32;
    private const int FirstGeneration = 1;

    /// <summary>Starts a session without a mini-program.</summary>
    public async Task<LoginResult> LoginAsync(PasswordCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var attempt = await CompareAsync(request, client, cancellationToken);
        return await StartAsync(client, session => accounts.LoginAsync(attempt, session, cancellationToken));
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
        return await StartAsync(client, session => accounts.BindAsync(ticketHash, attempt, session, cancellationToken));
    }

    /// <summary>
    /// Joins a user that a login made with its account. A user that has an account already gets <see cref="FailureCode.BindingConflict"/>:
    /// which of two accounts it should be is not ours to say.
    /// </summary>
    public async Task<LoginResult> JoinAsync(
        Guid userId, Guid sessionId, PasswordCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var attempt = await CompareAsync(request, client, cancellationToken);
        return await StartAsync(client, session => accounts.JoinAsync(userId, sessionId, attempt, session, cancellationToken));
    }

    /// <summary>
    /// Unbinds the session's identity from the account. Nobody is locked out by it: an account always has a password (the database
    /// holds to it), so its owner gets in with that and can bind again.
    /// </summary>
    /// <returns>Whether it was bound.</returns>
    public Task<bool> UnbindAsync(Guid userId, Guid sessionId, IPAddress? ip, CancellationToken cancellationToken) =>
        accounts.UnbindAsync(userId, sessionId, timeProvider.GetUtcNow(), ip, cancellationToken);

    private Task<PasswordAttempt> CompareAsync(PasswordCommand request, ClientInfo client, CancellationToken cancellationToken) =>
        passwords.CompareAsync(request.UserName, request.Password, client.Ip, cancellationToken);

    private async Task<LoginResult> StartAsync(ClientInfo client, Func<NewSession, Task<AccountLogin>> start)
    {
        // Read after the hashing, which may have waited its turn: the order of events is that of the database.
        var now = timeProvider.GetUtcNow();
        var seed = tokens.CreateSeed(loginKeyHash: null);
        var session = NewSession.Of(seed, policy, now, client);
        switch (await start(session))
        {
            case AccountLogin.LoggedIn login:
                Log.LoggedIn(logger, login.User.Id, login.AppId ?? ClientIds.Platform);
                WxAuthTelemetry.CountLogin(login.AppId ?? ClientIds.Platform, "success");
                return new LoginResult.LoggedIn(
                    tokens.Issue(
                        new AccessTokenSubject(login.User.Id, session.Id, login.AppId, login.OpenId, login.User.Roles, session.AccessExpiresAt),
                        new RefreshTokenContent(session.Id, FirstGeneration, seed),
                        session.ExpiresAt,
                        now),
                    login.User,
                    IsNewUser: false);
            case AccountLogin.Refused { Failure: var failure }:
                Log.Refused(logger, failure.Code);
                WxAuthTelemetry.CountLogin(ClientIds.Platform, WxAuthTelemetry.OutcomeOf(failure.Code));
                return new LoginResult.Refused(failure);
            case var other:
                throw new InvalidOperationException($"{other.GetType()} is not an ending of a login.");
        }
    }

    // What is no ticket of ours has the hash of none.
    private static byte[] HashTicket(string ticket)
    {
        Span<byte> bytes = stackalloc byte[TicketLength];
        return ticket.Length == Base64Url.GetEncodedLength(TicketLength)
            && Base64Url.IsValid(ticket)
            && Base64Url.TryDecodeFromChars(ticket, bytes, out var written) && written == TicketLength
                ? SHA256.HashData(bytes)
                : [];
    }

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
