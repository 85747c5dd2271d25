using System.Net;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class UserStore(WxAuthDbContext db) : IUserStore
{
    private static readonly Func<WxAuthDbContext, Guid, CancellationToken, Task<User?>> FindUser = EF.CompileAsyncQuery(
        (WxAuthDbContext db, Guid id, CancellationToken cancellationToken) =>
            db.Users.AsNoTracking().SingleOrDefault(user => user.Id == id && user.Status != UserStatus.Erased));

    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => FindUser(db, userId, cancellationToken);

    public async Task<User?> ChangeProfileAsync(
        Guid userId, ProfileChange change, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken)
    {
        var auditId = Guid.CreateVersion7(now);
        var users = await db.Users.FromSql($"""
            WITH changed AS (
                UPDATE users SET
                    nickname = CASE WHEN {change.SetNickname} THEN {change.Nickname} ELSE nickname END,
                    avatar_url = CASE WHEN {change.SetAvatarUrl} THEN {change.AvatarUrl} ELSE avatar_url END
                WHERE id = {userId} AND status <> 'erased'
                RETURNING *),
            audited AS (
                INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
                SELECT {auditId}, {now}, 'profile_changed', 'success', id, {ip},
                       jsonb_build_object('nickname', {change.SetNickname}, 'avatarUrl', {change.SetAvatarUrl})
                FROM changed)
            SELECT * FROM changed
            """).AsNoTracking().ToListAsync(cancellationToken);
        return users.SingleOrDefault();
    }
}
