using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Writes audit events from code; most are written by the statement that does the audited thing.</summary>
internal static class AuditLog
{
    /// <summary>Writes one, inside the context's transaction where it has one.</summary>
    public static Task AddAsync(
        WxAuthDbContext db,
        string type,
        string outcome,
        DateTimeOffset now,
        CancellationToken cancellationToken,
        Guid? userId = null,
        string? appId = null,
        Guid? sessionId = null,
        IPAddress? ip = null,
        JsonObject? detail = null)
    {
        var json = detail?.ToJsonString() ?? "{}";
        return db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
            VALUES ({Guid.CreateVersion7(now)}, {now}, {type}, {outcome}, {userId}, {appId}, {sessionId}, {ip}, {json}::jsonb)
            """,
            cancellationToken);
    }
}
