using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Sessions in PostgreSQL: the state machine of refresh tokens is <c>refresh_session</c> (Migrations/Sql/RefreshChecksStatus.sql).</summary>
internal sealed partial class SessionStore(WxAuthDbContext db, NpgsqlDataSource database, SessionPolicy policy) : ISessionStore
{
    // Ended sessions matter for as long as an access token lives; a life that was configured longer until lately is allowed for.
    private static readonly TimeSpan FormerAccessTokenLifetime = TimeSpan.FromDays(1);

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
            "ended" => new RefreshOutcome.Ended(EnumText<SessionEndReason>.Parse(row.EndReason!)),
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

    // The cursor is the snapshot that the page was read in: exactly the ends that it did not show are still to come, on whatever node the
    // next request lands, and however late a transaction commits.
    public async Task<EndedSessionsPage?> ListEndedAsync(string? after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string? snapshot = null;
        if (after is not null && (snapshot = DecodeCursor(after)) is null)
        {
            return null;
        }

        var alive = now - SessionPolicy.ClockSkew;
        var since = alive - (policy.AccessTokenLifetime > FormerAccessTokenLifetime ? policy.AccessTokenLifetime : FormerAccessTokenLifetime);
        var rows = await db.Database.SqlQuery<EndedRow>($"""
            SELECT pg_current_snapshot()::text AS "Snapshot", s.id AS "Id", s.ended_at AS "EndedAt", s.end_reason AS "EndReason",
                   s.access_expires_at AS "Until"
            FROM (VALUES (1)) AS one (row)
            LEFT JOIN sessions s ON s.ended_at > {since} AND s.access_expires_at > {alive}
                AND ({snapshot}::text IS NULL OR NOT pg_visible_in_snapshot(s.ended_transaction, {snapshot}::pg_snapshot))
            ORDER BY s.ended_at, s.id
            """).ToListAsync(cancellationToken);
        var ended = rows.Where(row => row.Id is not null)
            .Select(row => new EndedSession(row.Id!.Value, row.EndedAt!.Value, EnumText<SessionEndReason>.Parse(row.EndReason!), row.Until!.Value))
            .ToList();
        return new EndedSessionsPage(
            ended.Count == 0 && after is not null ? after : Base64Url.EncodeToString(Encoding.ASCII.GetBytes(rows[0].Snapshot)), ended);
    }

    private static string? DecodeCursor(string cursor)
    {
        if (cursor.Length > 4096 || !Base64Url.IsValid(cursor))
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor));
        if (SnapshotText().Match(text) is not { Success: true } match
            || !ulong.TryParse(match.Groups["min"].ValueSpan, out var min)
            || !ulong.TryParse(match.Groups["max"].ValueSpan, out var max)
            || min == 0 || max < min)
        {
            return null;
        }

        var last = min;
        foreach (var running in match.Groups["running"].Captures.Select(capture => capture.Value))
        {
            if (!ulong.TryParse(running, out var id) || id < last || id >= max)
            {
                return null;
            }

            last = id;
        }

        return text;
    }

    [GeneratedRegex(@"^(?<min>\d{1,19}):(?<max>\d{1,19}):((?<running>\d{1,19})(,(?<running>\d{1,19}))*)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SnapshotText();

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

    private sealed class EndedRow
    {
        public string Snapshot { get; init; } = "";

        public Guid? Id { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public string? EndReason { get; init; }

        public DateTimeOffset? Until { get; init; }
    }
}
