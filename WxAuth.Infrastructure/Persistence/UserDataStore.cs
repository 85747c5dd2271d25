using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class UserDataStore(WxAuthDbContext db) : IUserDataStore
{
    public async Task<SessionKeys?> FindSessionKeysAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken)
    {
        var row = await db.Identities.AsNoTracking()
            .Where(identity => identity.AppId == appId && identity.OpenId == openId && identity.UserId == userId)
            .Select(identity => new
            {
                identity.SessionKeySealed,
                identity.SessionKeyTag,
                identity.SessionKeyAt,
                identity.PreviousSessionKeySealed,
                identity.PreviousSessionKeyAt,
            })
            .SingleOrDefaultAsync(cancellationToken);
        return row is null
            ? null
            : new SessionKeys(
                new SealedSessionKey(row.SessionKeySealed, row.SessionKeyTag, row.SessionKeyAt),
                row is { PreviousSessionKeySealed: { } previous, PreviousSessionKeyAt: { } previousAt }
                    ? new SealedSessionKey(previous, [], previousAt)
                    : null);
    }

    public async Task<User?> ChangePhoneAsync(Caller caller, PhoneNumber phoneNumber, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var users = await db.Users.FromSql($"""
            SELECT * FROM change_phone({now}, {caller.UserId}, {phoneNumber.E164}, {caller.AppId}, {caller.SessionId}, {caller.Ip})
            """).AsNoTracking().ToListAsync(cancellationToken);
        return users.SingleOrDefault();
    }
}
