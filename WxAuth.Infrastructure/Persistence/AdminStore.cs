using Microsoft.EntityFrameworkCore;
using WxAuth.Domain;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Persistence.Configurations;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Users for administrators.</summary>
internal sealed class AdminStore(WxAuthDbContext db) : IAdminStore
{
    public async Task<Page<AdministeredUser>> ListAsync(
        UserSearch? search, Guid? after, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var users = search is null ? db.Users : Found(search);
        if (after is { } last)
        {
            users = users.Where(user => user.Id < last);
        }

        var rows = await users.AsNoTracking()
            .OrderByDescending(user => user.Id)
            .Take(limit + 1)
            .Select(user => new
            {
                User = user,
                LiveSessions = db.Sessions.Count(session => session.UserId == user.Id && session.EndedAt == null && session.ExpiresAt > now),
            })
            .ToListAsync(cancellationToken);
        return Page.Of(
            rows.ConvertAll(row => new AdministeredUser(row.User, row.LiveSessions, Identities: null)), limit, row => row.User.Id);
    }

    public async Task<AdministeredUser?> FindAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await db.Users.AsNoTracking()
            .Where(user => user.Id == userId)
            .Select(user => new
            {
                User = user,
                LiveSessions = db.Sessions.Count(session => session.UserId == user.Id && session.EndedAt == null && session.ExpiresAt > now),
                Identities = db.Identities.Where(identity => identity.UserId == user.Id)
                    .OrderBy(identity => identity.AppId).ThenBy(identity => identity.OpenId)
                    .Select(identity => new LinkedIdentity(identity.AppId, identity.OpenId, identity.UnionId))
                    .ToList(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return row is null ? null : new AdministeredUser(row.User, row.LiveSessions, row.Identities);
    }

    public Task<bool> AddAccountAsync(User account, AuditEvent created, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            // Of two at once the unique key refuses one, which then looks again.
            var key = account.UserName!.ToLowerInvariant();
            if (await db.Users.AnyAsync(user => EF.Property<string>(user, UserConfiguration.UserNameKey) == key, cancellationToken))
            {
                return false;
            }

            db.Users.Add(account);
            db.AuditEvents.Add(created);
            return true;
        },
        cancellationToken);

    // Each way of being found has an index. A start is a range of its index: no key is longer than 64 characters, so what begins with the
    // text lies below the text with more than as many of the last code point. Unlike LIKE that needs no escapes and suits prepared plans.
    private IQueryable<User> Found(UserSearch search)
    {
        var found = db.Database.SqlQuery<Guid>($"""
            SELECT id AS "Value" FROM users WHERE id = {search.UserId}
            UNION SELECT user_id FROM wechat_identities WHERE open_id = {search.Text} AND user_id IS NOT NULL
            UNION SELECT id FROM users WHERE phone_number IN ({search.Text}, {search.PhoneNumber})
            UNION SELECT id FROM users
                WHERE user_name_key >= lower({search.Text}) AND user_name_key < lower({search.Text}) || repeat(chr(1114111), 65)
            UNION SELECT id FROM users
                WHERE nickname_key >= lower({search.Text}) AND nickname_key < lower({search.Text}) || repeat(chr(1114111), 65)
            """);
        return db.Users.Where(user => found.Contains(user.Id));
    }
}
