namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// A key that tokens are signed with, as the database keeps it: published from its creation, signing from <see cref="ActivatesAt"/>
/// until the next one does, and verifying until the last token that it can have signed has expired.
/// </summary>
internal sealed class SigningKey
{
    /// <summary>The <c>use</c> of keys for access tokens (ES256).</summary>
    public const string UseSignature = "sig";

    /// <summary>The <c>use</c> of the key of refresh tokens (HMAC-SHA256). It does not rotate: a session outlives any sensible age of it.</summary>
    public const string UseRefresh = "refresh";

    /// <summary>The JWK's <c>kid</c>: the key's RFC 7638 thumbprint, or <c>refresh</c>.</summary>
    public required string KeyId { get; init; }

    /// <summary><see cref="UseSignature"/> or <see cref="UseRefresh"/>.</summary>
    public required string Use { get; init; }

    /// <summary>The private key (PKCS#8) or the secret, sealed by Data Protection.</summary>
    public required byte[] Sealed { get; init; }

    /// <summary>When it was made, and published.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it begins to sign.</summary>
    public required DateTimeOffset ActivatesAt { get; init; }
}
