using System.Net;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Login;

/// <summary>Keeps logins.</summary>
public interface ILoginStore
{
    /// <summary>
    /// Records that WeChat named this user to us, in one round trip and one transaction: the identity is found or made, the user found (by
    /// openid, then by unionid) or made, the session and the audit event written. Two first logins of one openid at once make one user.
    /// </summary>
    Task<RecordedLogin> RecordAsync(NewLogin login, CancellationToken cancellationToken);

    /// <summary>
    /// Finds what the first try of a login made, by the hash of its idempotency key, and counts that try's refresh token as used.
    /// </summary>
    /// <returns><c>null</c> where no such login is known, or its session has ended since.</returns>
    Task<RecordedLogin?> FindRetriedAsync(RetriedLogin login, CancellationToken cancellationToken);

    /// <summary>Audits a login that WeChat or the rules refused before it had a user.</summary>
    Task RecordRefusalAsync(string? appId, string reason, IPAddress? ip, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A login that WeChat has confirmed.</summary>
/// <param name="WeChat">What WeChat said.</param>
/// <param name="RequireBinding">Whether the app wants the identity bound to an account.</param>
/// <param name="Now">The time of the login, and of all rows that it writes.</param>
/// <param name="SessionId">The new session.</param>
/// <param name="SeedHash">SHA-256 of the session's seed.</param>
/// <param name="ExpiresAt">The session's end.</param>
/// <param name="AccessExpiresAt">The end of its first access token.</param>
/// <param name="TicketHash">SHA-256 of the binding ticket, should one be needed; only with <paramref name="RequireBinding"/>.</param>
/// <param name="LoginKeyHash">Hash of AppID, code and Idempotency-Key; <c>null</c> without such a key.</param>
/// <param name="MaxSessions">Live sessions that the user may have, this one included.</param>
/// <param name="Client">From where.</param>
public sealed record NewLogin(
    WeChatLogin WeChat,
    bool RequireBinding,
    DateTimeOffset Now,
    Guid SessionId,
    byte[] SeedHash,
    DateTimeOffset ExpiresAt,
    DateTimeOffset AccessExpiresAt,
    byte[]? TicketHash,
    byte[]? LoginKeyHash,
    int MaxSessions,
    ClientInfo Client);

/// <summary>A login that WeChat refuses because its code was used, and that may be a retry.</summary>
/// <param name="AppId">The app.</param>
/// <param name="LoginKeyHash">Hash of AppID, code and Idempotency-Key.</param>
/// <param name="TicketHash">SHA-256 of a fresh binding ticket, should the first try have been answered <c>binding_required</c>.</param>
/// <param name="Now">The time of the retry.</param>
/// <param name="AccessTokenLifetime">Life of the access token that the retry is given.</param>
/// <param name="RefreshTokenLifetime">Idle life of the session from the retry on.</param>
/// <param name="AbsoluteLifetime">Life of the session from its login.</param>
public sealed record RetriedLogin(
    string AppId,
    byte[] LoginKeyHash,
    byte[] TicketHash,
    DateTimeOffset Now,
    TimeSpan AccessTokenLifetime,
    TimeSpan RefreshTokenLifetime,
    TimeSpan AbsoluteLifetime)
{
    /// <summary>A retry counts for so long after the first try.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
}

/// <summary>How the recording of a login ended.</summary>
public abstract record RecordedLogin
{
    private RecordedLogin()
    {
    }

    /// <summary>There is a session.</summary>
    /// <param name="User">Whose.</param>
    /// <param name="AppId">The app.</param>
    /// <param name="OpenId">The user within the app.</param>
    /// <param name="SessionId">The session.</param>
    /// <param name="Generation">The generation of its unused refresh token.</param>
    /// <param name="ExpiresAt">The session's end.</param>
    /// <param name="AccessExpiresAt">The end of the access token to be issued.</param>
    /// <param name="IsNewUser">Whether this login made the user.</param>
    public sealed record LoggedIn(
        User User, string AppId, string OpenId, Guid SessionId, int Generation, DateTimeOffset ExpiresAt, DateTimeOffset AccessExpiresAt, bool IsNewUser)
        : RecordedLogin;

    /// <summary>The identity has no account, and the app wants one; the ticket of the request is now the open one.</summary>
    public sealed record Unbound(DateTimeOffset TicketExpiresAt) : RecordedLogin;

    /// <summary>The user is disabled.</summary>
    public sealed record Disabled : RecordedLogin;
}

/// <summary>Where a request comes from.</summary>
/// <param name="Ip">The client's address, as far as the known proxies tell it.</param>
/// <param name="UserAgent">Its User-Agent, cut to 256 characters.</param>
public sealed record ClientInfo(IPAddress? Ip, string? UserAgent);
