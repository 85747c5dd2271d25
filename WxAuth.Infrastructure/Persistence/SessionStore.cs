using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Sessions;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Sessions in PostgreSQL: the state machine of refresh tokens is <c>refresh_session</c> (Migrations/Sql/RefreshChecksStatus.sql).</summary>
internal sealed class SessionStore(WxAuthDbContext db, NpgsqlDataSource database) : ISessionStore
{
    // The common case, a token that was not used yet, is one conditional update; above the kept generation it is only after a failover that
    // lost the last transactions: the token is genuine, so nobody is logged out. Every other case is refresh_session's to tell.
    private const string Rotate = """
        UPDATE sessions s SET refresh_generation = $3 + 1, refreshed_at = $4, expires_at = least($5, s.created_at + $6),
            access_expires_at = greatest(s.access_expires_at, least($7, $5, s.created_at + $6))
        FROM users u
        WHERE s.id = $1 AND s.refresh_seed_hash = $2 AND s.refresh_generation <= $3 AND s.ended_at IS NULL AND s.expires_at > $4
          AND u.id = s.user_id AND u.status = 'active'
        RETURNING s.user_id, s.app_id, s.open_id, u.roles, s.expires_at, least($7, s.expires_at)
        """;

    public async Task<RefreshOutcome> RefreshAsync(RefreshAttempt attempt, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Rotate)
            .With(attempt.SessionId).With(attempt.SeedHash).With(attempt.Generation).With(attempt.Now)
            .With(attempt.Now + attempt.Policy.RefreshTokenLifetime).With(attempt.Policy.AbsoluteLifetime)
            .With(attempt.Now + attempt.Policy.AccessTokenLifetime);
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (await row.ReadAsync(cancellationToken))
            {
                return new RefreshOutcome.Refreshed(
                    row.GetGuid(0), row.GetText(1), row.GetText(2), row.GetFieldValue<string[]>(3),
                    row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5));
            }
        }

        return await RefreshUncommonAsync(attempt, cancellationToken);
    }

    private async Task<RefreshOutcome> RefreshUncommonAsync(RefreshAttempt attempt, CancellationToken cancellationToken)
    {
        var rows = await db.Database.SqlQuery<RefreshRow>($"""
            SELECT outcome AS "Outcome", user_id AS "UserId", app_id AS "AppId", open_id AS "OpenId", roles AS "Roles", end_reason AS "EndReason",
                   expires_at AS "ExpiresAt", access_expires_at AS "AccessExpiresAt"
            FROM refresh_session({attempt.Now}, {attempt.SessionId}, {attempt.SeedHash}, {attempt.Generation}, {attempt.Policy.ReuseGracePeriod},
                {attempt.Policy.AccessTokenLifetime}, {attempt.Policy.RefreshTokenLifetime}, {attempt.Policy.AbsoluteLifetime}, {attempt.Ip})
            """).ToListAsync(cancellationToken);
        var row = rows[0];
        return row.Outcome switch
        {
            "refreshed" => new RefreshOutcome.Refreshed(
                row.UserId!.Value, row.AppId, row.OpenId, row.Roles!, row.ExpiresAt!.Value, row.AccessExpiresAt!.Value),
            "ended" => new RefreshOutcome.Ended(EndReasons.Read(row.EndReason!)),
            "expired" => new RefreshOutcome.Expired(),
            "reused" => new RefreshOutcome.Reused(),
            "unknown" => new RefreshOutcome.Unknown(),
            _ => throw new InvalidOperationException($"refresh_session answered {row.Outcome}."),
        };
    }

    public Task EndByRefreshTokenAsync(Guid sessionId, byte[] seedHash, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            SELECT end_sessions(s.user_id, 'logout', {now}, {ip}, s.id, NULL)
            FROM sessions s WHERE s.id = {sessionId} AND s.refresh_seed_hash = {seedHash}
            """,
            cancellationToken);

    public async Task<bool> EndAsync(
        Guid userId, Guid sessionId, SessionEndReason reason, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken)
    {
        var text = EnumText<SessionEndReason>.Of(reason);
        var found = await db.Database.SqlQuery<int>(
            $"""
            SELECT end_sessions(s.user_id, {text}, {now}, {ip}, s.id, NULL) AS "Value"
            FROM sessions s WHERE s.id = {sessionId} AND s.user_id = {userId}
            """).ToListAsync(cancellationToken);
        return found.Count > 0;
    }

    public Task EndAllAsync(
        Guid userId, Guid? exceptSessionId, SessionEndReason reason, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken)
    {
        var text = EnumText<SessionEndReason>.Of(reason);
        return db.Database.ExecuteSqlAsync($"SELECT end_sessions({userId}, {text}, {now}, {ip}, NULL, {exceptSessionId})", cancellationToken);
    }

    public async Task<IReadOnlyList<Session>> ListAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.Sessions.AsNoTracking()
            .Where(session => session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .OrderByDescending(session => session.CreatedAt).ThenByDescending(session => session.Id)
            .ToListAsync(cancellationToken);

    private sealed class RefreshRow
    {
        public string Outcome { get; init; } = "";

        public Guid? UserId { get; init; }

        public string? AppId { get; init; }

        public string? OpenId { get; init; }

        public string[]? Roles { get; init; }

        public string? EndReason { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public DateTimeOffset? AccessExpiresAt { get; init; }
    }
}
