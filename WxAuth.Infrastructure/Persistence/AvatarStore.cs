using System.Net;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class AvatarStore(WxAuthDbContext db) : IAvatarStore
{
    private static readonly Func<WxAuthDbContext, Guid, CancellationToken, Task<Avatar?>> FindAvatar = EF.CompileAsyncQuery(
        (WxAuthDbContext db, Guid id, CancellationToken cancellationToken) => db.Avatars.AsNoTracking().SingleOrDefault(avatar => avatar.Id == id));

    public async Task<User?> ReplaceAsync(Avatar avatar, string avatarUrl, IPAddress? ip, CancellationToken cancellationToken)
    {
        var users = await db.Users.FromSql($"""
            SELECT * FROM replace_avatar(
                {avatar.CreatedAt}, {avatar.UserId}, {avatar.Id}, {avatar.ContentType}, {avatar.Bytes}, {avatar.Sha256}, {avatarUrl}, {ip})
            """).AsNoTracking().ToListAsync(cancellationToken);
        return users.SingleOrDefault();
    }

    public Task<Avatar?> FindAsync(Guid id, CancellationToken cancellationToken) => FindAvatar(db, id, cancellationToken);
}
