using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Loads users with everything that hangs on them, and keeps what a use case made of it. Both within one transaction.</summary>
internal static class LockedUsers
{
    /// <summary>Takes the locks of these users in their order, and loads those that are there and not erased.</summary>
    /// <param name="db">With a transaction.</param>
    /// <param name="now">When a session counts as one that can be revoked.</param>
    /// <param name="userIds">The users.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task<Dictionary<Guid, LockedUser>> LoadAsync(
        WxAuthDbContext db, DateTimeOffset now, Guid[] userIds, CancellationToken cancellationToken)
    {
        await RowLocks.AdministratorsAsync(db, cancellationToken);
        await LockIdentitiesAsync(db, userIds, cancellationToken);
        return await LoadWithIdentitiesLockedAsync(db, now, userIds, cancellationToken);
    }

    /// <summary>The same where the locks of the users' unionids and identities are held already.</summary>
    public static async Task<Dictionary<Guid, LockedUser>> LoadWithIdentitiesLockedAsync(
        WxAuthDbContext db, DateTimeOffset now, Guid[] userIds, CancellationToken cancellationToken)
    {
        await RowLocks.UsersAsync(db, userIds, cancellationToken);
        await RowLocks.SessionsOfAsync(db, userIds, cancellationToken);

        // Read after the locks: under READ COMMITTED each statement sees what was committed before it.
        var users = await db.Users.Include(user => user.UnboundApps)
            .Where(user => userIds.Contains(user.Id) && user.Status != UserStatus.Erased)
            .ToListAsync(cancellationToken);
        var identities = await db.Identities.Where(identity => userIds.Contains(identity.UserId!.Value)).ToListAsync(cancellationToken);
        var revocable = now - SessionPolicy.ClockSkew;
        var sessions = await db.Sessions
            .Where(session => userIds.Contains(session.UserId) && session.EndedAt == null && session.ExpiresAt > revocable)
            .ToListAsync(cancellationToken);
        var others = users.Exists(user => user.IsAdministrator)
            ? await db.Users.Where(user => user.Status == UserStatus.Active && user.Roles.Contains(User.AdminRole))
                .Select(user => user.Id).Take(2).ToListAsync(cancellationToken)
            : [];
        return users.ToDictionary(user => user.Id, user => new LockedUser(
            user,
            identities.FindAll(identity => identity.UserId == user.Id),
            sessions.FindAll(session => session.UserId == user.Id),
            user.IsAdministrator && others is [var only] && only == user.Id));
    }

    /// <summary>Keeps what was changed in them, and clears the personal traces of what was erased.</summary>
    public static async Task KeepAsync(WxAuthDbContext db, CancellationToken cancellationToken, params LockedUser[] users)
    {
        foreach (var user in users)
        {
            db.AuditEvents.AddRange(user.Events);
            db.Identities.RemoveRange(user.RemovedIdentities);
            if (user.User.Status != UserStatus.Erased)
            {
                await UploadedPictures.DeleteUnshownAsync(db, user.User, cancellationToken);
            }
        }

        await db.SaveChangesAsync(cancellationToken);
        foreach (var user in users)
        {
            if (user.ErasedTraces is { } traces)
            {
                await PersonalTraces.ClearAsync(db, traces, user.AvatarHeirId, cancellationToken);
            }
        }
    }

    private static async Task LockIdentitiesAsync(WxAuthDbContext db, Guid[] userIds, CancellationToken cancellationToken)
    {
        var before = await UnionIdsOfAsync(db, userIds, cancellationToken);
        await RowLocks.UnionIdsAsync(db, before, cancellationToken);
        await RowLocks.IdentitiesOfAsync(db, userIds, cancellationToken);
        var after = await UnionIdsOfAsync(db, userIds, cancellationToken);
        if (after.Except(before, StringComparer.Ordinal).Any())
        {
            // One came while an identity was waited for; to lock it now would be out of order.
            throw new DbUpdateConcurrencyException();
        }
    }

    private static Task<List<string>> UnionIdsOfAsync(WxAuthDbContext db, Guid[] userIds, CancellationToken cancellationToken) =>
        db.Identities
            .Where(identity => userIds.Contains(identity.UserId!.Value) && identity.UnionId != null)
            .Select(identity => identity.UnionId!).Distinct().ToListAsync(cancellationToken);
}
