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
        var users = await db.Users.FromSql($"""
            SELECT * FROM change_profile(
                {now}, {userId}, {change.SetNickname}, {change.Nickname}, {change.SetAvatarUrl}, {change.AvatarUrl}, {ip})
            """).AsNoTracking().ToListAsync(cancellationToken);
        return users.SingleOrDefault();
    }
}
