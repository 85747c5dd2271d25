using System.Net;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Accounts;

/// <summary>Keeps platform accounts and what is bound to them. Each method is one statement and one transaction.</summary>
public interface IAccountStore
{
    /// <summary>The account of that name, without case; <c>null</c> where there is none.</summary>
    Task<Credentials?> FindCredentialsAsync(string userName, CancellationToken cancellationToken);

    /// <summary>Makes an account.</summary>
    /// <returns>Whether the name was free.</returns>
    Task<bool> CreateAsync(NewAccount account, CancellationToken cancellationToken);

    /// <summary>Counts the attempt and, where its password was right and nothing is locked, starts a session without a mini-program.</summary>
    Task<AccountLogin> LoginAsync(PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken);

    /// <summary>
    /// Links the identity of a ticket to the account and starts a session. The ticket is used up by success alone; of several binds at
    /// once one has it. With a ticket that is not good the attempt is not counted: it learns nothing.
    /// </summary>
    Task<AccountLogin> BindAsync(byte[] ticketHash, PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken);

    /// <summary>Moves what the user has to the account, erases the rest, and starts a session of the account for the same identity.</summary>
    /// <param name="userId">The user that was made by a login, and that has no account.</param>
    /// <param name="sessionId">The session that asks.</param>
    /// <param name="attempt">The account.</param>
    /// <param name="session">The account's new session.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task<AccountLogin> JoinAsync(Guid userId, Guid sessionId, PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken);

    /// <summary>Unlinks the session's identity from its account, and ends the identity's sessions.</summary>
    /// <returns>Whether it was linked to an account.</returns>
    Task<bool> UnbindAsync(Guid userId, Guid sessionId, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken);
}

/// <summary>What a password is compared with.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="PasswordHash">In the hasher's format.</param>
public sealed record Credentials(Guid UserId, string PasswordHash);

/// <summary>An account to be made.</summary>
/// <param name="Id">UUIDv7 of <paramref name="Now"/>.</param>
/// <param name="UserName">As given.</param>
/// <param name="PasswordHash">In the hasher's format.</param>
/// <param name="Roles">Without doubles.</param>
/// <param name="Now">When.</param>
/// <param name="By">The administrator; <c>null</c>: somebody at the command line.</param>
/// <param name="Ip">From where.</param>
public sealed record NewAccount(Guid Id, string UserName, string PasswordHash, string[] Roles, DateTimeOffset Now, Guid? By, IPAddress? Ip);

/// <summary>How a login with a password ended in the database.</summary>
public abstract record AccountLogin
{
    private AccountLogin()
    {
    }

    /// <summary>There is a session.</summary>
    /// <param name="User">The account's user.</param>
    /// <param name="AppId">The mini-program; <c>null</c> for a login with a password alone.</param>
    /// <param name="OpenId">The user within it.</param>
    public sealed record LoggedIn(User User, string? AppId, string? OpenId) : AccountLogin;

    /// <summary>There is none; it has been audited.</summary>
    public sealed record Refused(Failure Failure) : AccountLogin;
}
