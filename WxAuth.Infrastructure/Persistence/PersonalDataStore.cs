using System.Data;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Erasure and export; what an erasure clears is in <c>erase_user</c> (Migrations/Sql/UserData.sql).</summary>
internal sealed class PersonalDataStore(WxAuthDbContext db) : IPersonalDataStore
{
    public async Task<Erasure> EraseAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var outcome = await db.Database.SqlQuery<string>($"""SELECT erase_user({userId}, {now}) AS "Value" """).ToListAsync(cancellationToken);
        return outcome[0] switch
        {
            "erased" => Erasure.Erased,
            "gone" => Erasure.ErasedBefore,
            "last_administrator" => Erasure.LastAdministrator,
            var other => throw new InvalidOperationException($"erase_user answered {other}."),
        };
    }

    public async Task<PersonalData?> ExportAsync(Guid userId, CancellationToken cancellationToken)
    {
        // One snapshot for all four: half of an erasure would be no picture of anything.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(one => one.Id == userId && one.Status != UserStatus.Erased, cancellationToken);
        if (user is null)
        {
            return null;
        }

        var identities = await db.Identities.AsNoTracking()
            .Where(identity => identity.UserId == userId)
            .OrderBy(identity => identity.CreatedAt).ThenBy(identity => identity.AppId)
            .ToListAsync(cancellationToken);
        // Two reads, for there is an index for each.
        var unended = await db.Sessions.AsNoTracking().Where(session => session.UserId == userId && session.EndedAt == null).ToListAsync(cancellationToken);
        var ended = await db.Sessions.AsNoTracking().Where(session => session.UserId == userId && session.EndedAt != null).ToListAsync(cancellationToken);
        var auditEvents = await db.AuditEvents.AsNoTracking()
            .Where(item => item.UserId == userId)
            .OrderBy(item => item.Id)
            .ToListAsync(cancellationToken);
        return new PersonalData(user, identities, [.. unended.Concat(ended).OrderBy(session => session.CreatedAt).ThenBy(session => session.Id)], auditEvents);
    }
}
