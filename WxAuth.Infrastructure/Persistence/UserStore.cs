using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class UserStore(WxAuthDbContext db, TimeProvider timeProvider) : IUserStore
{
    private static readonly Func<WxAuthDbContext, Guid, CancellationToken, Task<User?>> FindUser = EF.CompileAsyncQuery(
        (WxAuthDbContext db, Guid id, CancellationToken cancellationToken) =>
            db.Users.AsNoTracking().SingleOrDefault(user => user.Id == id && user.Status != UserStatus.Erased));

    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => FindUser(db, userId, cancellationToken);

    public Task<WeChatIdentity?> FindIdentityAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken) =>
        db.Identities.AsNoTracking().SingleOrDefaultAsync(
            identity => identity.AppId == appId && identity.OpenId == openId && identity.UserId == userId, cancellationToken);

    public Task<T> ChangeAsync<T>(
        Guid userId, T gone, Func<User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            await RowLocks.UsersAsync(db, [userId], cancellationToken);
            var user = await db.Users.SingleOrDefaultAsync(one => one.Id == userId && one.Status != UserStatus.Erased, cancellationToken);
            if (user is null)
            {
                return gone;
            }

            var events = new List<AuditEvent>();
            var result = change(user, events);
            db.AuditEvents.AddRange(events);
            await UploadedPictures.DeleteUnshownAsync(db, user, cancellationToken);
            return result;
        },
        cancellationToken);

    public Task<T> ChangeWithAllAsync<T>(Guid userId, T gone, Func<LockedUser, T> change, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            var users = await LockedUsers.LoadAsync(db, timeProvider.GetUtcNow(), [userId], cancellationToken);
            if (!users.TryGetValue(userId, out var user))
            {
                return gone;
            }

            var result = change(user);
            await LockedUsers.KeepAsync(db, cancellationToken, user);
            return result;
        },
        cancellationToken);
}
