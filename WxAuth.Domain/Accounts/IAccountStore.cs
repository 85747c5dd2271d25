namespace WxAuth.Domain.Accounts;

/// <summary>
/// Keeps what passwords open. The attempts of one name follow each other, so that none of them is lost from the count. Each method hands the
/// decision what it needs, held against every other change, keeps what it changes and adds, and starts again from the read where somebody
/// else changed the same meanwhile.
/// </summary>
public interface IAccountStore
{
    /// <summary>The account of that name, without case; <c>null</c> where there is none.</summary>
    Task<Credentials?> FindCredentialsAsync(string userName, CancellationToken cancellationToken);

    /// <summary>A login with a password alone.</summary>
    /// <typeparam name="T">How it ended.</typeparam>
    /// <param name="attempt">The compared password.</param>
    /// <param name="now">The time of the login.</param>
    /// <param name="decide">Decides; may be called again.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="ConcurrentChangeException">Others changed the same time after time.</exception>
    Task<T> LoginAsync<T>(PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, T> decide, CancellationToken cancellationToken);

    /// <summary>Binds the identity that a ticket stands for; without one where no identity has that ticket.</summary>
    /// <typeparam name="T">How it ended.</typeparam>
    /// <param name="ticketHash">SHA-256 of the ticket.</param>
    /// <param name="attempt">The compared password.</param>
    /// <param name="now">The time of the login.</param>
    /// <param name="decide">Decides; may be called again.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="ConcurrentChangeException">Others changed the same time after time.</exception>
    Task<T> BindAsync<T>(
        byte[] ticketHash, PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, TicketHolder?, T> decide, CancellationToken cancellationToken);

    /// <summary>Joins a user with the account.</summary>
    /// <typeparam name="T">How it ended.</typeparam>
    /// <param name="userId">The user.</param>
    /// <param name="sessionId">The user's session that asks.</param>
    /// <param name="attempt">The compared password.</param>
    /// <param name="now">The time of the login.</param>
    /// <param name="decide">Decides; may be called again.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="ConcurrentChangeException">Others changed the same time after time.</exception>
    Task<T> JoinAsync<T>(
        Guid userId,
        Guid sessionId,
        PasswordAttempt attempt,
        DateTimeOffset now,
        Func<LockedAccount, JoiningUser, T> decide,
        CancellationToken cancellationToken);
}

/// <summary>What a password is compared with.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="PasswordHash">In the hasher's format.</param>
public sealed record Credentials(Guid UserId, string PasswordHash);
