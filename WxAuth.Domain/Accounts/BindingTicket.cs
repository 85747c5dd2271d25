namespace WxAuth.Domain.Accounts;

/// <summary>What a client proves with, at binding, that WeChat has just named this openid to us.</summary>
/// <param name="Value">256 random bits, base64url; the database keeps only its SHA-256.</param>
/// <param name="ExpiresAt">Its end.</param>
public sealed record BindingTicket(string Value, DateTimeOffset ExpiresAt)
{
    /// <summary>Random bytes of a ticket.</summary>
    public const int Length = 32;

    /// <summary>How long a ticket is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
}
