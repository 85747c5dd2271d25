using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace WxAuth.Domain.Accounts;

/// <summary>
/// Compares a password with an account's. The same work is done in every case, also for a name that does not exist, a locked one and a
/// ticket that is not good. Whether the answer counts is decided only afterwards, together with the counting of the
/// failure (<see cref="PasswordLockout"/>): so a hundred guesses sent at once tell no more than the five that are allowed, a locked name tells
/// nothing, and several right logins at once do not lock each other out, as they would if each were counted before it is compared.
/// </summary>
public sealed class PasswordCheck(IAccountStore accounts, IPasswordHasher hasher)
{
    // Whoever has one IPv6 address has its /64.
    private const int NetworkBytesOfIPv6 = 8;

    /// <summary>Compares.</summary>
    /// <param name="userName">In any case.</param>
    /// <param name="password">1 to 128 code points.</param>
    /// <param name="ip">The client's address.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<PasswordAttempt> CompareAsync(string userName, string password, IPAddress? ip, CancellationToken cancellationToken)
    {
        var account = await accounts.FindCredentialsAsync(userName, cancellationToken);
        var verdict = await hasher.VerifyAsync(account?.PasswordHash, password, ip, cancellationToken);
        var isRight = account is not null && verdict != PasswordVerdict.Failed;
        var newHash = isRight && verdict == PasswordVerdict.SuccessRehashNeeded ? await hasher.HashAsync(password, ip, cancellationToken) : null;

        var name = userName.ToLowerInvariant();
        return new PasswordAttempt(account?.UserId, isRight, newHash, KeyOf("name", name), KeyOf("pair", name + "\n" + NetworkOf(ip)), ip);
    }

    // Hashed, since people type their password where the name belongs.
    private static byte[] KeyOf(string kind, string text) => SHA256.HashData(Encoding.UTF8.GetBytes($"wxauth password {kind}\n{text}"));

    private static string NetworkOf(IPAddress? ip) => ip switch
    {
        null => "",
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(ip.GetAddressBytes().AsSpan(0, NetworkBytesOfIPv6)),
        _ => ip.ToString(),
    };
}

/// <summary>A compared password; nobody has been told yet.</summary>
/// <param name="UserId">The account; <c>null</c> where there is none of that name.</param>
/// <param name="IsRight">Whether the password is the account's.</param>
/// <param name="NewHash">To be kept in the place of the old one; or <c>null</c>.</param>
/// <param name="NameKey">What failures of this name are counted under.</param>
/// <param name="PairKey">What failures of this name from this client are counted under.</param>
/// <param name="Ip">The client's address.</param>
public sealed record PasswordAttempt(Guid? UserId, bool IsRight, string? NewHash, byte[] NameKey, byte[] PairKey, IPAddress? Ip);
