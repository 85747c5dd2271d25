using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>
/// Logs a mini-program's user in: one call to WeChat, one round trip to the database, one signature; and one call and one round trip more
/// where a phone number is to be kept.
/// </summary>
public sealed partial class LoginService(
    MiniPrograms miniPrograms,
    IWeChatApi weChat,
    ILoginStore logins,
    SessionTokens tokens,
    SessionPolicy policy,
    PhoneService phones,
    TimeProvider timeProvider,
    ILogger<LoginService> logger)
{
    private static readonly TimeSpan WaitForFirstTry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Exchanges a code and starts a session.</summary>
    /// <param name="request">What the phone sent, within the limits of the contract.</param>
    /// <param name="client">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="WeChatException">WeChat cannot be reached, answers garbage, refuses the app or limits it.</exception>
    public async Task<LoginResult> LoginAsync(LoginCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var app = miniPrograms.Find(request.AppId);
        var outcome = "error";
        try
        {
            var result = app is null
                ? new LoginResult.Refused(FailureCode.AppUnknown)
                : await LoginAsync(app, request, client, cancellationToken);
            outcome = result switch
            {
                LoginResult.LoggedIn { IsNewUser: true } => "new_user",
                LoginResult.LoggedIn => "success",
                LoginResult.Refused refused => WxAuthTelemetry.OutcomeOf(refused.Failure.Code),
                _ => outcome,
            };
            return result;
        }
        catch (WeChatException e)
        {
            outcome = JsonNamingPolicy.SnakeCaseLower.ConvertName($"Wechat{e.Fault}");
            throw;
        }
        finally
        {
            WxAuthTelemetry.CountLogin(app?.AppId ?? "unknown", outcome);
        }
    }

    private async Task<LoginResult> LoginAsync(MiniProgram app, LoginCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var result = await ExchangeAsync(app, request, client, cancellationToken);
        return result is LoginResult.LoggedIn login && request.PhoneCode is { } phoneCode
            ? await KeepPhoneAsync(login, app, phoneCode, client, cancellationToken)
            : result;
    }

    private async Task<LoginResult> ExchangeAsync(MiniProgram app, LoginCommand request, ClientInfo client, CancellationToken cancellationToken)
    {
        var loginKeyHash = request.IdempotencyKey is { } key ? HashLoginKey(app.AppId, request.Code, key) : null;
        CodeExchange exchange;
        try
        {
            exchange = await weChat.ExchangeCodeAsync(app.AppId, request.Code, cancellationToken);
        }
        catch (WeChatException e) when (loginKeyHash is not null && e.Fault == WeChatFault.Unavailable)
        {
            // The first try may have gone through: then its retry does not need WeChat.
            if (await FindRetriedAsync(app, loginKeyHash, wait: false, cancellationToken) is { } retried)
            {
                return retried;
            }

            throw;
        }

        if (exchange is CodeExchange.Refused { Refusal: var refusal })
        {
            if (loginKeyHash is not null && refusal is not CodeRefusal.UserBlocked
                && await FindRetriedAsync(app, loginKeyHash, wait: true, cancellationToken) is { } retried)
            {
                return retried;
            }

            return await RefuseAsync(app, refusal, client, cancellationToken);
        }

        return await RecordAsync(app, ((CodeExchange.Accepted)exchange).Login, loginKeyHash, client, cancellationToken);
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

    private async Task<LoginResult> RecordAsync(
        MiniProgram app, WeChatLogin login, byte[]? loginKeyHash, ClientInfo client, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var seed = tokens.CreateSeed(loginKeyHash);
        var ticket = app.RequireBinding ? RandomNumberGenerator.GetBytes(32) : null;
        var expiresAt = policy.ExpiryAt(now);
        var recorded = await logins.RecordAsync(
            new NewLogin(
                login,
                app.RequireBinding,
                now,
                Guid.CreateVersion7(now),
                SHA256.HashData(seed),
                expiresAt,
                policy.AccessExpiryAt(now, expiresAt),
                ticket is null ? null : SHA256.HashData(ticket),
                loginKeyHash,
                policy.MaxPerUser,
                client),
            cancellationToken);
        return Answer(recorded, seed, ticket, now);
    }

    private async Task<LoginResult?> FindRetriedAsync(MiniProgram app, byte[] loginKeyHash, bool wait, CancellationToken cancellationToken)
    {
        var seed = tokens.CreateSeed(loginKeyHash);
        var ticket = RandomNumberGenerator.GetBytes(32);
        var started = timeProvider.GetTimestamp();
        while (true)
        {
            var now = timeProvider.GetUtcNow();
            var recorded = await logins.FindRetriedAsync(
                new RetriedLogin(
                    app.AppId, loginKeyHash, SHA256.HashData(ticket), now,
                    policy.AccessTokenLifetime, policy.RefreshTokenLifetime, policy.AbsoluteLifetime),
                cancellationToken);
            if (recorded is not null)
            {
                return Answer(recorded, seed, ticket, now);
            }

            if (!wait || timeProvider.GetElapsedTime(started) >= WaitForFirstTry)
            {
                return null;
            }

            // The first try may still be on its way to the database, on this node or on another.
            await Task.Delay(LookAgain, timeProvider, cancellationToken);
        }
    }

    private LoginResult Answer(RecordedLogin recorded, byte[] seed, byte[]? ticket, DateTimeOffset now)
    {
        switch (recorded)
        {
            case RecordedLogin.LoggedIn login:
                Log.LoggedIn(logger, login.User.Id, login.IsNewUser);
                return new LoginResult.LoggedIn(
                    tokens.Issue(
                        new AccessTokenSubject(login.User.Id, login.SessionId, login.AppId, login.OpenId, login.User.Roles, login.AccessExpiresAt),
                        new RefreshTokenContent(login.SessionId, login.Generation, seed),
                        login.ExpiresAt,
                        now),
                    login.User,
                    login.IsNewUser)
                { OpenId = login.OpenId };
            case RecordedLogin.Unbound unbound:
                return new LoginResult.Refused(new Failure(FailureCode.BindingRequired)
                {
                    BindingTicket = new BindingTicket(System.Buffers.Text.Base64Url.EncodeToString(ticket!), unbound.TicketExpiresAt),
                });
            case RecordedLogin.Disabled:
                return new LoginResult.Refused(FailureCode.UserDisabled);
            default:
                throw new InvalidOperationException($"{recorded.GetType()} is not an ending of a login.");
        }
    }

    private async Task<LoginResult> RefuseAsync(MiniProgram app, CodeRefusal refusal, ClientInfo client, CancellationToken cancellationToken)
    {
        var (code, reason) = refusal switch
        {
            CodeRefusal.Invalid => (FailureCode.CodeInvalid, "code_invalid"),
            CodeRefusal.Used => (FailureCode.CodeUsed, "code_used"),
            CodeRefusal.UserBlocked => (FailureCode.UserBlockedByWechat, "user_blocked_by_wechat"),
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
        };
        await logins.RecordRefusalAsync(app.AppId, reason, client.Ip, timeProvider.GetUtcNow(), cancellationToken);
        Log.Refused(logger, app.AppId, reason);
        return new LoginResult.Refused(code);
    }

    private static byte[] HashLoginKey(string appId, string code, string idempotencyKey) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"wxauth login\n{appId}\n{code}\n{idempotencyKey}"));

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Debug, "User {UserId} logged in (new: {IsNew}).")]
        public static partial void LoggedIn(ILogger logger, Guid userId, bool isNew);

        [LoggerMessage(2002, LogLevel.Information, "A login in app {AppId} was refused: {Reason}.")]
        public static partial void Refused(ILogger logger, string appId, string reason);

        [LoggerMessage(2201, LogLevel.Warning, "User {UserId} logged in, but WeChat failed to tell the phone number ({Fault}): {Reason}")]
        public static partial void PhoneFailed(ILogger logger, Guid userId, WeChatFault fault, string reason);
    }
}

/// <summary>A login request, validated.</summary>
/// <param name="Code">Of <c>wx.login</c>; 1 to 256 visible ASCII characters.</param>
/// <param name="AppId">The app; <c>null</c> where only one is configured.</param>
/// <param name="PhoneCode">Of the phone number button, or <c>null</c>.</param>
/// <param name="IdempotencyKey">1 to 128 visible ASCII characters, or <c>null</c>.</param>
public sealed record LoginCommand(string Code, string? AppId, string? PhoneCode, string? IdempotencyKey);

/// <summary>How a login ended.</summary>
public abstract record LoginResult
{
    private LoginResult()
    {
    }

    /// <summary>There is a session.</summary>
    public sealed record LoggedIn(IssuedTokens Tokens, User User, bool IsNewUser) : LoginResult
    {
        /// <summary>The openid that logged in; <c>null</c> where it was a password.</summary>
        public string? OpenId { get; init; }

        /// <summary>Why a phone number that was asked for was not kept.</summary>
        public Failure? PhoneFailure { get; init; }

        /// <summary>The same, where it was WeChat's fault.</summary>
        public WeChatFault? PhoneFault { get; init; }
    }

    /// <summary>There is none.</summary>
    public sealed record Refused(Failure Failure) : LoginResult;
}
