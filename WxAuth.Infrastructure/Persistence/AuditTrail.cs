using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Reads audit events and logins as one list in the order of their ids, which is their order in time: a login's record is the row of its
/// session. To be used in a transaction of isolation REPEATABLE READ, so that what comes in meanwhile is in both parts or in none.
/// </summary>
internal static class AuditTrail
{
    /// <summary>A part of the list, the newest first.</summary>
    /// <param name="db">With a transaction.</param>
    /// <param name="userId">Whom it concerns; <c>null</c>: anybody.</param>
    /// <param name="type">One of <see cref="AuditTypes"/>; <c>null</c>: any.</param>
    /// <param name="before">Only what is older than that; <c>null</c>: from the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task<List<AuditEvent>> NewestFirstAsync(
        WxAuthDbContext db, Guid? userId, string? type, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var events = db.AuditEvents.AsNoTracking();
        events = userId is null ? events : events.Where(item => item.UserId == userId);
        // As a constant: a type is an index of its own, which a plan for any type cannot use.
        events = type is null ? events : events.Where(item => item.Type == EF.Constant(type));
        events = before is null ? events : events.Where(item => item.Id < before);
        var found = await events.OrderByDescending(item => item.Id).Take(limit).ToListAsync(cancellationToken);
        if (type is not (null or AuditTypes.Login))
        {
            return found;
        }

        var logins = db.Sessions.AsNoTracking().Where(session => session.RecordsLogin);
        logins = before is null ? logins : logins.Where(session => session.Id < before);
        if (found.Count == limit)
        {
            // Older ones are beyond this part. To look for them would be to read all sessions of the time when logins were audit events.
            var last = found[^1].Id;
            logins = logins.Where(session => session.Id > last);
        }

        var sessions = await UserSessions.ReadAsync(
            logins, userId, part => part.OrderByDescending(session => session.Id).Take(limit), cancellationToken);
        return [.. found.Concat(sessions.Select(AuditEvents.Login)).OrderByDescending(item => item.Id).Take(limit)];
    }

    /// <summary>What concerns a user, the oldest first.</summary>
    /// <param name="db">With a transaction.</param>
    /// <param name="userId">Whom it concerns.</param>
    /// <param name="after">Only what is newer than that.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task<List<AuditEvent>> OldestFirstAsync(
        WxAuthDbContext db, Guid userId, Guid after, int limit, CancellationToken cancellationToken)
    {
        var events = await db.AuditEvents.AsNoTracking()
            .Where(item => item.UserId == userId && item.Id > after)
            .OrderBy(item => item.Id).Take(limit)
            .ToListAsync(cancellationToken);
        var sessions = await UserSessions.ReadAsync(
            db.Sessions.AsNoTracking().Where(session => session.RecordsLogin && session.Id > after),
            userId,
            part => part.OrderBy(session => session.Id).Take(limit),
            cancellationToken);
        return [.. events.Concat(sessions.Select(AuditEvents.Login)).OrderBy(item => item.Id).Take(limit)];
    }
}

/// <summary>Reads sessions in parts, as there are indexes for them.</summary>
internal static class UserSessions
{
    /// <summary>Reads sessions.</summary>
    /// <param name="sessions">Which.</param>
    /// <param name="userId">
    /// Whose: those that have not ended and those that have are read apart, for there is an index for each. <c>null</c>: anybody's.
    /// </param>
    /// <param name="part">What is read of each.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task<List<Session>> ReadAsync(
        IQueryable<Session> sessions,
        Guid? userId,
        Func<IQueryable<Session>, IQueryable<Session>> part,
        CancellationToken cancellationToken)
    {
        if (userId is null)
        {
            return await part(sessions).ToListAsync(cancellationToken);
        }

        var own = sessions.Where(session => session.UserId == userId);
        var found = await part(own.Where(session => session.EndedAt == null)).ToListAsync(cancellationToken);
        found.AddRange(await part(own.Where(session => session.EndedAt != null)).ToListAsync(cancellationToken));
        return found;
    }
}
