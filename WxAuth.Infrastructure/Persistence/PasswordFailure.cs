namespace WxAuth.Infrastructure.Persistence;

/// <summary>How often a password was wrong, for a user name or for a user name and a client. Written by <c>count_password</c> alone.</summary>
internal sealed class PasswordFailure
{
    /// <summary>SHA-256 of what is counted: names that do not exist and addresses are nobody's to read here.</summary>
    public required byte[] Key { get; init; }

    /// <summary>How often.</summary>
    public int Failures { get; init; }

    /// <summary>When the count no longer matters.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
