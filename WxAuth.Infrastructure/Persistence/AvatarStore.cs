using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class AvatarStore(WxAuthDbContext db) : IAvatarStore
{
    public Task<User?> ReplaceAsync(
        Avatar uploaded, Func<User, KeptAvatar?, ICollection<AuditEvent>, bool> replace, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            await RowLocks.UsersAsync(db, [uploaded.UserId], cancellationToken);
            var user = await db.Users.SingleOrDefaultAsync(
                one => one.Id == uploaded.UserId && one.Status != UserStatus.Erased, cancellationToken);
            if (user is null)
            {
                return null;
            }

            // Without the bytes: they may be a mebibyte.
            var kept = await db.Avatars.Where(avatar => avatar.UserId == uploaded.UserId)
                .Select(avatar => new KeptAvatar(avatar.Id, avatar.Sha256))
                .SingleOrDefaultAsync(cancellationToken);
            var events = new List<AuditEvent>();
            if (replace(user, kept, events))
            {
                await db.Avatars.Where(avatar => avatar.UserId == uploaded.UserId).ExecuteDeleteAsync(cancellationToken);
                db.Avatars.Add(uploaded);
                db.AuditEvents.AddRange(events);
            }

            return user;
        },
        cancellationToken);
}
