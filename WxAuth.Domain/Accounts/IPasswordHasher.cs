namespace WxAuth.Domain.Accounts;

/// <summary>
/// Hashes passwords slowly on purpose (some 50 ms of a processor). No more run at once than there are processors; the others wait,
/// so that a flood of wrong passwords slows logins by password and nothing else.
/// </summary>
public interface IPasswordHasher
{
    /// <summary>A hash with a salt of its own, at today's cost.</summary>
    Task<string> HashAsync(string password, CancellationToken cancellationToken);

    /// <summary>Compares. Costs the same whether there is a hash or not.</summary>
    /// <param name="hash">What was kept; <c>null</c> where there is no account, which is always <see cref="PasswordVerdict.Failed"/>.</param>
    /// <param name="password">What was given.</param>
    /// <param name="cancellationToken">The caller's; heeded while waiting.</param>
    Task<PasswordVerdict> VerifyAsync(string? hash, string password, CancellationToken cancellationToken);
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
