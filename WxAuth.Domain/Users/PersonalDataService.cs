using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Users;

/// <summary>What a user may ask of whoever keeps personal data: everything that is kept, and its end.</summary>
public sealed class PersonalDataService(IUserStore users, IPersonalDataStore store, TimeProvider timeProvider)
{
    /// <summary>
    /// Erases the personal data and ends every session. Logins of the user at the same time come before it or make a new user.
    /// </summary>
    /// <returns>How it ended.</returns>
    public Task<Erasure> EraseAsync(Guid userId, CancellationToken cancellationToken) =>
        users.ChangeWithAllAsync(userId, Erasure.ErasedBefore, Erase, cancellationToken);

    /// <inheritdoc cref="IPersonalDataStore.ReadAsync"/>
    public Task<bool> ReadAsync(Guid userId, Func<PersonalData, Task> read, CancellationToken cancellationToken) =>
        store.ReadAsync(userId, read, cancellationToken);

    private Erasure Erase(LockedUser user)
    {
        if (user.IsLastAdministrator)
        {
            return Erasure.LastAdministrator;
        }

        var context = new AuditContext(timeProvider.GetUtcNow(), Ip: null);
        user.Erase(SessionEndReason.Erased, context);
        user.Events.Add(AuditEvents.UserErased(user.User, ErasureCause.User, context));
        return Erasure.Erased;
    }
}

/// <summary>Reads everything that is kept about a user.</summary>
public interface IPersonalDataStore
{
    /// <summary>Reads everything kept about a user, as it was at one moment.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="read">Reads it, and has done so when it returns.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether there is such a user; an erased one is none, and is not read.</returns>
    Task<bool> ReadAsync(Guid userId, Func<PersonalData, Task> read, CancellationToken cancellationToken);
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
/// <param name="Sessions">
/// Live, ended and expired ones, the oldest first. There may be hundreds of thousands: they are read while they are enumerated, once, and
/// not at the same time as the audit events.
/// </param>
/// <param name="AuditEvents">The oldest first, logins among them; read like the sessions.</param>
public sealed record PersonalData(
    User User, IReadOnlyList<WeChatIdentity> Identities, IAsyncEnumerable<Session> Sessions, IAsyncEnumerable<AuditEvent> AuditEvents);
