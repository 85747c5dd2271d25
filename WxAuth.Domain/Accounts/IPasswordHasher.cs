using System.Net;

namespace WxAuth.Domain.Accounts;

/// <summary>
/// Hashes passwords slowly on purpose (some 50 ms of a processor). No more run at once than half of the processors; the others wait, and
/// clients take turns, so that a flood of wrong passwords slows its own sender and nobody else.
/// </summary>
public interface IPasswordHasher
{
    /// <summary>A hash with a salt of its own, at today's cost.</summary>
    /// <param name="password">What is to be kept.</param>
    /// <param name="client">Whose turn it is: the client's address; <c>null</c> where none asked.</param>
    /// <param name="cancellationToken">The caller's; heeded while waiting.</param>
    /// <exception cref="PasswordHashingBusyException">Too many wait, and most of them for this client.</exception>
    Task<string> HashAsync(string password, IPAddress? client, CancellationToken cancellationToken);

    /// <summary>Compares. Costs the same whether there is a hash or not.</summary>
    /// <param name="hash">What was kept; <c>null</c> where there is no account, which is always <see cref="PasswordVerdict.Failed"/>.</param>
    /// <param name="password">What was given.</param>
    /// <param name="client">Whose turn it is: the client's address; <c>null</c> where none asked.</param>
    /// <param name="cancellationToken">The caller's; heeded while waiting.</param>
    /// <exception cref="PasswordHashingBusyException">Too many wait, and most of them for this client.</exception>
    Task<PasswordVerdict> VerifyAsync(string? hash, string password, IPAddress? client, CancellationToken cancellationToken);
}

/// <summary>Whether a password is right.</summary>
public enum PasswordVerdict
{
    /// <summary>No.</summary>
    Failed,

    /// <summary>Yes.</summary>
    Success,

    /// <summary>Yes, and its hash is of an older format or a lower cost than today's.</summary>
    SuccessRehashNeeded,
}

/// <summary>More passwords wait to be hashed than is good for anybody. Nothing was compared.</summary>
/// <param name="retryAfter">How long to wait.</param>
public sealed class PasswordHashingBusyException(TimeSpan retryAfter) : Exception("Too many passwords wait to be hashed.")
{
    /// <summary>How long to wait.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
