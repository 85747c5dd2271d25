using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Users;

/// <summary>What a user may ask of whoever keeps personal data: everything that is kept, and its end.</summary>
public sealed class PersonalDataService(IPersonalDataStore store, TimeProvider timeProvider)
{
    /// <summary>Erases the personal data and ends every session. The row of the user's id stays.</summary>
    /// <returns>How it ended.</returns>
    public Task<Erasure> EraseAsync(Guid userId, CancellationToken cancellationToken) =>
        store.EraseAsync(userId, timeProvider.GetUtcNow(), cancellationToken);

    /// <summary>Everything kept about a user; <c>null</c> where it has been erased.</summary>
    public Task<PersonalData?> ExportAsync(Guid userId, CancellationToken cancellationToken) => store.ExportAsync(userId, cancellationToken);
}

/// <summary>Reads and erases everything kept about a user.</summary>
public interface IPersonalDataStore
{
    /// <summary>Erases in one transaction: see <c>erase_user</c>. Logins of the user at the same time come before it or make a new user.</summary>
    Task<Erasure> EraseAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Everything kept about a user, as it was at one moment; <c>null</c> where it has been erased.</summary>
    Task<PersonalData?> ExportAsync(Guid userId, CancellationToken cancellationToken);
}

/// <summary>How an erasure ended.</summary>
public enum Erasure
{
    /// <summary>The personal data are gone.</summary>
    Erased,

    /// <summary>They were gone before.</summary>
    ErasedBefore,

    /// <summary>Nobody else could administer; nothing has changed.</summary>
    LastAdministrator,
}

/// <summary>Everything kept about a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Identities">The oldest first.</param>
/// <param name="Sessions">Live, ended and expired ones, the oldest first.</param>
/// <param name="AuditEvents">The oldest first.</param>
public sealed record PersonalData(
    User User, IReadOnlyList<WeChatIdentity> Identities, IReadOnlyList<Session> Sessions, IReadOnlyList<AuditEvent> AuditEvents);
