namespace WxAuth.Domain.Tokens;

/// <summary>
/// Writes and reads refresh tokens. A token is opaque to clients: session id, generation, the session's 256-bit seed and an HMAC over
/// the three. The database keeps the generation and the seed's hash; the HMAC key is sealed. So neither a copy of the database nor the
/// key alone makes a token, a forged one is refused before the database is asked, and the successor of a token can be
/// written again at any time without being stored: it is the next generation.
/// </summary>
public interface IRefreshTokens
{
    /// <summary>A seed for a new session: random, or derived from the login's idempotency key so that a retry finds it again.</summary>
    /// <exception cref="SigningKeyUnavailableException">This node has no keys yet.</exception>
    byte[] CreateSeed(byte[]? loginKeyHash);

    /// <summary>The token of a session's generation.</summary>
    /// <exception cref="SigningKeyUnavailableException">This node has no keys yet.</exception>
    string Write(RefreshTokenContent content);

    /// <summary>What a genuine token says; <c>null</c> for anything else.</summary>
    /// <exception cref="SigningKeyUnavailableException">This node has no keys yet.</exception>
    RefreshTokenContent? Read(string token);
}

/// <summary>What a refresh token says.</summary>
/// <param name="SessionId">Its session.</param>
/// <param name="Generation">How many refreshes lie between it and the login; the first token is 1.</param>
/// <param name="Seed">The session's secret.</param>
public sealed record RefreshTokenContent(Guid SessionId, int Generation, byte[] Seed);
