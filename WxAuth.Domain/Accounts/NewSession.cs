using System.Security.Cryptography;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Accounts;

/// <summary>A session that a password is about to start.</summary>
/// <param name="Now">The time of the login, and of all rows that it writes.</param>
/// <param name="Id">UUIDv7.</param>
/// <param name="SeedHash">SHA-256 of its seed.</param>
/// <param name="ExpiresAt">Its end.</param>
/// <param name="AccessExpiresAt">The end of its first access token.</param>
/// <param name="MaxSessions">Live sessions that the user may have, this one included.</param>
/// <param name="Client">From where.</param>
public sealed record NewSession(
    DateTimeOffset Now, Guid Id, byte[] SeedHash, DateTimeOffset ExpiresAt, DateTimeOffset AccessExpiresAt, int MaxSessions, ClientInfo Client)
{
    /// <summary>A session of that seed.</summary>
    public static NewSession Of(byte[] seed, SessionPolicy policy, DateTimeOffset now, ClientInfo client)
    {
        var expiresAt = policy.ExpiryAt(now);
        return new NewSession(
            now, Guid.CreateVersion7(now), SHA256.HashData(seed), expiresAt, policy.AccessExpiryAt(now, expiresAt), policy.MaxPerUser, client);
    }
}
