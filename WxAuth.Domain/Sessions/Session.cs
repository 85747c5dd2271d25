namespace WxAuth.Domain.Sessions;

/// <summary>One login of one user, from the login until it ends or expires. One row, however often it is refreshed.</summary>
public sealed class Session
{
    /// <summary>UUIDv7; the <c>sid</c> of access tokens.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose it is.</summary>
    public Guid UserId { get; set; }

    /// <summary>The mini-program; <c>null</c> for a login with a password.</summary>
    public string? AppId { get; init; }

    /// <summary>The openid at login; cleared when the user's data are erased.</summary>
    public string? OpenId { get; set; }

    /// <summary>When the login was.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a refresh token was last exchanged.</summary>
    public DateTimeOffset RefreshedAt { get; set; }

    /// <summary>The idle or the absolute end, whichever comes first.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When its last access token expires.</summary>
    public DateTimeOffset AccessExpiresAt { get; set; }

    /// <summary>When it was ended; <c>null</c> while it is live or has merely expired.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Why it was ended.</summary>
    public SessionEndReason? EndReason { get; set; }

    /// <summary>The transaction that ended it: the order in which ends become visible. Set by a trigger.</summary>
    public ulong? EndedTransaction { get; private set; }

    /// <summary>The generation of the one refresh token that has not been used yet.</summary>
    public int RefreshGeneration { get; set; }

    /// <summary>SHA-256 of the session's seed, which only its refresh tokens carry.</summary>
    public required byte[] RefreshSeedHash { get; init; }

    /// <summary>Hash of AppID, code and Idempotency-Key, by which a retry of the login is known.</summary>
    public byte[]? LoginKeyHash { get; init; }

    /// <summary>Whether the login made the user; a retry of it must say the same.</summary>
    public bool IsNewUser { get; init; }

    /// <summary>The client's address at login.</summary>
    public System.Net.IPAddress? Ip { get; set; }

    /// <summary>The client's User-Agent at login, at most 256 characters.</summary>
    public string? UserAgent { get; set; }
}
