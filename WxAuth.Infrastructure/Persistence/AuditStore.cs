using Microsoft.EntityFrameworkCore;
using WxAuth.Domain;
using WxAuth.Domain.Audit;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class AuditStore(WxAuthDbContext db) : IAuditStore
{
    public async Task<Page<AuditEvent>> ListAsync(Guid? userId, string? type, Guid? after, int limit, CancellationToken cancellationToken)
    {
        IQueryable<AuditEvent> events = db.AuditEvents.AsNoTracking();
        if (userId is not null)
        {
            events = events.Where(item => item.UserId == userId);
        }

        if (string.Equals(type, AuditTypes.Login, StringComparison.Ordinal))
        {
            // Most events are logins, which are not in the index of types: the key itself is read backwards.
            events = events.Where(item => item.Type == AuditTypes.Login);
        }
        else if (type is not null)
        {
            // Said twice, so that a prepared plan too may use the index.
            events = events.Where(item => item.Type == type && item.Type != AuditTypes.Login);
        }

        if (after is { } last)
        {
            events = events.Where(item => item.Id < last);
        }

        var rows = await events.OrderByDescending(item => item.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return Page.Of(rows, limit, item => item.Id);
    }
}
