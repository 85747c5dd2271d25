namespace WxAuth.Domain.Accounts;

/// <summary>How often a password was wrong: of a user name, or of a user name from one client. What it means is <see cref="PasswordLockout"/>'s.</summary>
public sealed class PasswordFailures
{
    private PasswordFailures()
    {
    }

    /// <summary>SHA-256 of what is counted: names that do not exist and addresses are nobody's to read here.</summary>
    public byte[] Key { get; private init; } = [];

    /// <summary>How often, up to <see cref="ExpiresAt"/>.</summary>
    public int Failures { get; private set; }

    /// <summary>When the count no longer matters.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>Whether there is nothing to remember.</summary>
    public bool IsEmpty => Failures == 0;

    /// <summary>A count that has not begun.</summary>
    public static PasswordFailures None(byte[] key) => new() { Key = key };

    /// <summary>When the lock ends that so many failures bring; <c>null</c> where there is none.</summary>
    public DateTimeOffset? LockedUntil(int failures, DateTimeOffset now) => Failures >= failures && ExpiresAt > now ? ExpiresAt : null;

    /// <summary>Counts one more. What was counted before its end is not forgotten by it, what was counted after it is.</summary>
    /// <param name="now">When.</param>
    /// <param name="life">How long a count lasts.</param>
    /// <param name="prolongs">Whether it lasts so long from its last failure; else from its first.</param>
    public void Count(DateTimeOffset now, TimeSpan life, bool prolongs)
    {
        var begins = ExpiresAt <= now;
        Failures = begins ? 1 : Failures + 1;
        ExpiresAt = begins || prolongs ? now + life : ExpiresAt;
    }

    /// <summary>Forgets them.</summary>
    public void Clear() => (Failures, ExpiresAt) = (0, default);
}
