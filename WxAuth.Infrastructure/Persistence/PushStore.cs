using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Pushes in PostgreSQL: what happens once is in <c>receive_push</c> (Migrations/Sql/UserData.sql).</summary>
internal sealed class PushStore(WxAuthDbContext db) : IPushStore
{
    public async Task<bool> HandleAsync(HandledPush push, CancellationToken cancellationToken)
    {
        var detail = new JsonObject { ["event"] = push.Event };
        if (push.RevokedScopes.Count > 0)
        {
            detail["scopes"] = new JsonArray([.. push.RevokedScopes.Select(scope => JsonValue.Create(scope))]);
        }

        var json = detail.ToJsonString();
        var (cancel, clearProfile, clearPhone) = (
            push.Effect.HasFlag(PushEffects.RemoveIdentity), push.Effect.HasFlag(PushEffects.ClearProfile), push.Effect.HasFlag(PushEffects.ClearPhone));
        var isNew = await db.Database.SqlQuery<bool>(
            $"""
            SELECT receive_push({push.Now}, {push.KeyHash}, {push.AppId}, {push.OpenId}, {cancel}, {clearProfile}, {clearPhone}, {json}::jsonb) AS "Value"
            """).ToListAsync(cancellationToken);
        return isNew[0];
    }
}
