using Microsoft.EntityFrameworkCore;
using Npgsql;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Sessions in PostgreSQL.</summary>
internal sealed class SessionStore(WxAuthDbContext db, NpgsqlDataSource database) : ISessionStore
{
    // Compares and sets; the values are decided before, and whatever this does not take is decided after. An access token that was issued
    // before may outlive the new one where its life was configured shorter meanwhile.
    private const string CompareAndSet = """
        UPDATE sessions s SET refresh_generation = $3 + 1, refreshed_at = $4, expires_at = $5,
            access_expires_at = greatest(s.access_expires_at, $6)
        FROM users u
        WHERE s.id = $1 AND s.refresh_seed_hash = $2 AND s.refresh_generation <= $3 AND s.ended_at IS NULL AND s.expires_at > $4
          AND u.id = s.user_id AND u.status = 'active'
        RETURNING s.user_id, s.app_id, s.open_id, u.roles
        """;

    public async Task<RefreshedSession?> TryRefreshAsync(CommonRefresh refresh, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CompareAndSet)
            .With(refresh.SessionId).With(refresh.SeedHash).With(refresh.Generation).With(refresh.Now)
            .With(refresh.ExpiresAt).With(refresh.AccessExpiresAt);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new RefreshedSession(row.GetGuid(0), row.GetText(1), row.GetText(2), row.GetFieldValue<string[]>(3))
            : null;
    }

    public Task<T> ChangeAsync<T>(
        Guid sessionId, T unknown, Func<Session, User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            var found = await (
                from session in db.Sessions
                where session.Id == sessionId
                join user in db.Users on session.UserId equals user.Id
                select new { session, user }).SingleOrDefaultAsync(cancellationToken);
            if (found is null)
            {
                return unknown;
            }

            var events = new List<AuditEvent>();
            var result = change(found.session, found.user, events);
            db.AuditEvents.AddRange(events);
            return result;
        },
        cancellationToken);

    public async Task<IReadOnlyList<Session>> ListAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Sessions.AsNoTracking()
            .Where(session => session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .OrderByDescending(session => session.CreatedAt).ThenByDescending(session => session.Id)
            .ToListAsync(cancellationToken);
}
