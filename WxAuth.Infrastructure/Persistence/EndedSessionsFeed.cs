using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Sessions;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Ended sessions in PostgreSQL. A cursor is the snapshot that its page was read in: exactly the ends that it did not show are still to come, on
/// whatever node the next request lands, and however late a transaction commits.
/// </summary>
internal sealed partial class EndedSessionsFeed(NpgsqlDataSource database, SessionPolicy policy) : IEndedSessionsFeed
{
    // Ended sessions matter for as long as an access token lives; a life that was configured longer until lately is allowed for.
    private static readonly TimeSpan FormerAccessTokenLifetime = TimeSpan.FromDays(1);

    private const string Ended = """
        SELECT pg_current_snapshot()::text, s.id, s.ended_at, s.end_reason, s.access_expires_at
        FROM (VALUES (1)) AS one (row)
        LEFT JOIN sessions s ON s.ended_at > $1 AND s.access_expires_at > $2
            AND ($3::text IS NULL OR NOT pg_visible_in_snapshot(s.ended_transaction, $3::pg_snapshot))
        ORDER BY s.ended_at, s.id
        """;

    public async Task<EndedSessionsPage?> ReadAsync(string? after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string? snapshot = null;
        if (after is not null && (snapshot = DecodeCursor(after)) is null)
        {
            return null;
        }

        var alive = now - SessionPolicy.ClockSkew;
        var since = alive - (policy.AccessTokenLifetime > FormerAccessTokenLifetime ? policy.AccessTokenLifetime : FormerAccessTokenLifetime);
        await using var command = database.CreateCommand(Ended).With(since).With(alive).With(snapshot);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var ended = new List<EndedSession>();
        var seen = "";
        while (await row.ReadAsync(cancellationToken))
        {
            seen = row.GetString(0);
            if (!row.IsDBNull(1))
            {
                ended.Add(new EndedSession(
                    row.GetGuid(1),
                    row.GetFieldValue<DateTimeOffset>(2),
                    EndReasons.Read(row.GetString(3)),
                    row.GetFieldValue<DateTimeOffset>(4)));
            }
        }

        return new EndedSessionsPage(
            ended.Count == 0 && after is not null ? after : Base64Url.EncodeToString(Encoding.ASCII.GetBytes(seen)), ended);
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
}
