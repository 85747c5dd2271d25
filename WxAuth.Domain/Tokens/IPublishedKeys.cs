namespace WxAuth.Domain.Tokens;

/// <summary>The public keys that access tokens are checked with.</summary>
public interface IPublishedKeys
{
    /// <summary>Those whose tokens may still be alive, and the one to come; from memory.</summary>
    /// <exception cref="SigningKeyUnavailableException">This node has no keys yet.</exception>
    IReadOnlyList<PublishedKey> Published { get; }
}

/// <summary>A P-256 public key, its coordinates in base64url (RFC 7518, 6.2.1).</summary>
public sealed record PublishedKey(string KeyId, string X, string Y);
