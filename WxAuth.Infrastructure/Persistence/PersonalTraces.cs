using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Clears what is personal in rows that stay: sessions and audit events. One statement a table, however many rows.</summary>
internal static class PersonalTraces
{
    /// <summary>Clears them.</summary>
    /// <param name="db">With the transaction of the erasure.</param>
    /// <param name="traces">Whose.</param>
    /// <param name="avatarHeirId">To whom an uploaded picture goes; <c>null</c>: it is deleted.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task ClearAsync(WxAuthDbContext db, ErasedTraces traces, Guid? avatarHeirId, CancellationToken cancellationToken)
    {
        var sessions = db.Sessions.Where(session => session.UserId == traces.UserId);
        if (traces.AppId is not null)
        {
            sessions = sessions.Where(session => session.AppId == traces.AppId && session.OpenId == traces.OpenId);
        }

        // Two statements, for there is an index for each.
        await ClearAsync(sessions.Where(session => session.EndedAt == null), cancellationToken);
        await ClearAsync(sessions.Where(session => session.EndedAt != null), cancellationToken);
        if (traces.AppId is not null)
        {
            return;
        }

        if (avatarHeirId is { } heir)
        {
            await db.Avatars.Where(avatar => avatar.UserId == traces.UserId)
                .ExecuteUpdateAsync(set => set.SetProperty(avatar => avatar.UserId, heir), cancellationToken);
        }

        await db.Avatars.Where(avatar => avatar.UserId == traces.UserId).ExecuteDeleteAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $$"""
            UPDATE audit_events SET ip = NULL, detail = detail - '{userName,phoneNumber}'::text[]
            WHERE user_id = {{traces.UserId}} AND (ip IS NOT NULL OR detail ?| '{userName,phoneNumber}'::text[])
            """,
            cancellationToken);
    }

    private static Task<int> ClearAsync(IQueryable<Domain.Sessions.Session> sessions, CancellationToken cancellationToken) =>
        sessions.ExecuteUpdateAsync(
            set => set.SetProperty(session => session.Ip, (System.Net.IPAddress?)null)
                .SetProperty(session => session.UserAgent, (string?)null)
                .SetProperty(session => session.OpenId, (string?)null),
            cancellationToken);
}
