namespace WxAuth.Domain.Accounts;

/// <summary>
/// Whether the answer of a compared password counts: five wrong ones of a name from one client lock that pair, a hundred of a name lock the
/// name. What comes while something is locked is neither told nor counted, so nobody keeps a lock alive with it, and one client alone cannot
/// use up a name's hundred.
/// </summary>
public static class PasswordLockout
{
    /// <summary>So many wrong ones of a name from one client lock the pair.</summary>
    public const int MaxPerPair = 5;

    /// <summary>So many wrong ones of a name lock it.</summary>
    public const int MaxPerName = 100;

    /// <summary>For so long after its last wrong password a pair is locked.</summary>
    public static readonly TimeSpan PairLock = TimeSpan.FromMinutes(15);

    /// <summary>For so long from the first of them a name's wrong passwords are counted, and the rest of it the name is locked.</summary>
    public static readonly TimeSpan NameHour = TimeSpan.FromHours(1);

    /// <summary>
    /// An address from which somebody logged in to the account within so long is known to it: who attacks a name from everywhere does not
    /// lock its owner out at home.
    /// </summary>
    public static readonly TimeSpan KnownAddressMemory = TimeSpan.FromDays(30);

    /// <summary>Whether it matters that the address is known to the account: only where its name is locked.</summary>
    public static bool DependsOnAddress(PasswordFailures name, DateTimeOffset now) => name.LockedUntil(MaxPerName, now) is not null;

    /// <summary>Decides, and counts.</summary>
    /// <param name="pair">What was wrong of this name from this client.</param>
    /// <param name="name">What was wrong of this name from anywhere.</param>
    /// <param name="isRight">Whether the password is the account's.</param>
    /// <param name="isKnownAddress">Whether the address is known to the account.</param>
    /// <param name="now">When the password was compared.</param>
    public static PasswordDecision Decide(
        PasswordFailures pair, PasswordFailures name, bool isRight, bool isKnownAddress, DateTimeOffset now)
    {
        var pairUntil = pair.LockedUntil(MaxPerPair, now);
        var nameUntil = isKnownAddress ? null : name.LockedUntil(MaxPerName, now);
        if ((nameUntil > pairUntil ? nameUntil : pairUntil ?? nameUntil) is { } until)
        {
            return new PasswordDecision.Locked(until);
        }

        if (isRight)
        {
            pair.Clear();
            return new PasswordDecision.Right();
        }

        pair.Count(now, PairLock, prolongs: true);
        name.Count(now, NameHour, prolongs: false);
        return new PasswordDecision.Wrong();
    }
}

/// <summary>What is told of a compared password.</summary>
public abstract record PasswordDecision
{
    private PasswordDecision()
    {
    }

    /// <summary>Nothing is told before that time, right or wrong.</summary>
    public sealed record Locked(DateTimeOffset Until) : PasswordDecision;

    /// <summary>It is the account's.</summary>
    public sealed record Right : PasswordDecision;

    /// <summary>It is not, or there is no such account.</summary>
    public sealed record Wrong : PasswordDecision;
}
