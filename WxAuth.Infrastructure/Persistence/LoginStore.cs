using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Logins in PostgreSQL.</summary>
internal sealed class LoginStore(WxAuthDbContext db, LoginTurns turns) : ILoginStore
{
    private static readonly Func<WxAuthDbContext, string, string, DateTimeOffset, CancellationToken, Task<KnownLogin?>> FindKnown = EF.CompileAsyncQuery(
        (WxAuthDbContext db, string appId, string openId, DateTimeOffset now, CancellationToken cancellationToken) => (
            from identity in db.Identities
            where identity.AppId == appId && identity.OpenId == openId
            join user in db.Users on identity.UserId equals user.Id into users
            from user in users.DefaultIfEmpty()
            select new KnownLogin
            {
                Identity = identity,
                User = user,
                LiveSessions = db.Sessions.Count(session => session.UserId == identity.UserId && session.EndedAt == null && session.ExpiresAt > now),
            }).SingleOrDefault());

    public ValueTask<IDisposable> WaitForTurnAsync(string key, TimeSpan? longest, CancellationToken cancellationToken) =>
        turns.WaitAsync(key, longest, cancellationToken);

    public async Task<KnownLogin> FindAsync(WeChatLogin login, DateTimeOffset now, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        return await FindKnown(db, login.AppId, login.OpenId, now, cancellationToken) ?? new KnownLogin();
    }

    public async Task<KnownLogin> FindAndHoldAsync(WeChatLogin login, DateTimeOffset now, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        await db.BeginAsync(cancellationToken);
        if (login.UnionId is { } unionId)
        {
            await RowLocks.UnionIdsAsync(db, [unionId], cancellationToken);
        }

        await RowLocks.IdentityAsync(db, login.AppId, login.OpenId, cancellationToken);
        var ownId = await db.Identities
            .Where(identity => identity.AppId == login.AppId && identity.OpenId == login.OpenId)
            .Select(identity => identity.UserId)
            .FirstOrDefaultAsync(cancellationToken);
        var samePersonId = login.UnionId is null ? null : await db.Identities
            .Where(identity => identity.UnionId == login.UnionId && identity.UserId != null
                && !(identity.AppId == login.AppId && identity.OpenId == login.OpenId))
            .OrderBy(identity => identity.CreatedAt).ThenBy(identity => identity.AppId)
            .Select(identity => identity.UserId)
            .FirstOrDefaultAsync(cancellationToken);
        var ids = new[] { ownId, samePersonId }.OfType<Guid>().Distinct().ToArray();
        var users = await LockedUsers.LoadWithIdentitiesLockedAsync(db, now, ids, cancellationToken);
        var known = await FindKnown(db, login.AppId, login.OpenId, now, cancellationToken);
        return new KnownLogin
        {
            Identity = known?.Identity,
            User = known?.User,
            LiveSessions = known?.LiveSessions ?? 0,
            Held = new HeldLogin(
                samePersonId is { } samePerson ? users.GetValueOrDefault(samePerson)?.User : null,
                ownId is { } own ? users.GetValueOrDefault(own) : null),
        };
    }

    public async Task<IReadOnlyList<Session>> FindLiveSessionsAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Sessions
            .Where(session => session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .ToListAsync(cancellationToken);

    public async Task<bool> SaveAsync(KnownLogin known, CancellationToken cancellationToken)
    {
        Track(known);
        try
        {
            return await KeepAsync(known, cancellationToken);
        }
        catch (Exception e) when (UnitOfWork.IsConflict(e))
        {
            return false;
        }
        finally
        {
            // What is not committed by now is rolled back.
            if (db.Database.CurrentTransaction is { } transaction)
            {
                await transaction.DisposeAsync();
            }
        }
    }

    public async Task<FirstTry?> FindFirstTryAsync(byte[] loginKeyHash, DateTimeOffset since, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        var isKnown = await db.Sessions.Where(session => session.LoginKeyHash == loginKeyHash && session.CreatedAt > since).Select(session => 1)
            .Concat(db.Identities.Where(identity => identity.LoginKeyHash == loginKeyHash && identity.LoginKeyAt > since).Select(identity => 1))
            .AnyAsync(cancellationToken);
        if (!isKnown)
        {
            return null;
        }

        var session = await (
            from one in db.Sessions
            where one.LoginKeyHash == loginKeyHash && one.CreatedAt > since
            join user in db.Users on one.UserId equals user.Id
            orderby one.CreatedAt
            select new FirstTry(one, user, null)).FirstOrDefaultAsync(cancellationToken);
        return session ?? await db.Identities
            .Where(identity => identity.LoginKeyHash == loginKeyHash && identity.LoginKeyAt > since)
            .Select(identity => new FirstTry(null, null, identity))
            .FirstOrDefaultAsync(cancellationToken);
    }

    public async Task<bool> SaveRetriedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (UnitOfWork.IsConflict(e))
        {
            return false;
        }
    }

    public Task RecordRefusalAsync(AuditEvent refusal, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        db.AuditEvents.Add(refusal);
        return db.SaveChangesAsync(cancellationToken);
    }

    private void Track(KnownLogin known)
    {
        if (known.User is { } user && db.Entry(user).State == EntityState.Detached)
        {
            db.Users.Add(user);
        }

        if (known.Identity is { } identity && db.Entry(identity).State == EntityState.Detached)
        {
            db.Identities.Add(identity);
        }

        db.AuditEvents.AddRange(known.Events);
    }

    private async Task<bool> KeepAsync(KnownLogin known, CancellationToken cancellationToken)
    {
        if (known.Session is { } session)
        {
            // Of a user who is new or held nobody can change what the login rests on; of anybody else the session's insert looks at it.
            if (known.Held is not null || db.Entry(known.User!).State == EntityState.Added)
            {
                db.Sessions.Add(session);
            }
            else if (!db.ChangeTracker.HasChanges())
            {
                return await StartAsync(session, known.User!, cancellationToken);
            }
            else
            {
                await db.BeginAsync(cancellationToken);
                if (!await StartAsync(session, known.User!, cancellationToken))
                {
                    return false;
                }
            }
        }

        if (known.Held?.Own is { } own)
        {
            await LockedUsers.KeepAsync(db, cancellationToken, own);
        }
        else
        {
            await db.SaveChangesAsync(cancellationToken);
        }

        if (db.Database.CurrentTransaction is { } transaction)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return true;
    }

    // Whoever disables, erases, merges or unbinds, or changes roles, holds these two rows FOR UPDATE: this waits for that and then looks at
    // what it left, or that waits for this and then finds the session.
    private async Task<bool> StartAsync(Session session, User user, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, refresh_generation,
                                  refresh_seed_hash, login_key_hash, is_new_user, records_login, ip, user_agent)
            SELECT {session.Id}, u.id, i.app_id, i.open_id, {session.CreatedAt}, {session.RefreshedAt}, {session.ExpiresAt},
                   {session.AccessExpiresAt}, {session.RefreshGeneration}, {session.RefreshSeedHash}, {session.LoginKeyHash},
                   {session.IsNewUser}, {session.RecordsLogin}, {session.Ip}, {session.UserAgent}
            FROM wechat_identities i JOIN users u ON u.id = i.user_id
            WHERE i.app_id = {session.AppId} AND i.open_id = {session.OpenId} AND i.user_id = {user.Id}
              AND u.status = 'active' AND u.roles = {user.Roles}
            FOR KEY SHARE
            """,
            cancellationToken) == 1;
}
