using System.Data;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain;
using WxAuth.Domain.Audit;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class AuditStore(WxAuthDbContext db) : IAuditStore
{
    public async Task<Page<AuditEvent>> ListAsync(Guid? userId, string? type, Guid? after, int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var rows = await AuditTrail.NewestFirstAsync(db, userId, type, before: after, limit + 1, cancellationToken);
        return Page.Of(rows, limit, item => item.Id);
    }
}
