using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Login;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Logins in PostgreSQL: the rules that must hold under concurrency are in <c>log_in</c> (Migrations/Sql/FasterLogin.sql).</summary>
internal sealed class LoginStore(WxAuthDbContext db, NpgsqlDataSource database) : ILoginStore
{
    private const string LogIn = """
        SELECT outcome, is_new_user, user_id, nickname, avatar_url, phone_number, user_name, roles, created_at
        FROM log_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """;

    public async Task<RecordedLogin> RecordAsync(NewLogin login, CancellationToken cancellationToken)
    {
        var we = login.WeChat;
        var ticketExpiresAt = login.Now + Domain.Accounts.BindingTicket.Lifetime;
        await using var command = database.CreateCommand(LogIn)
            .With(login.Now).With(we.AppId).With(we.OpenId).With(we.UnionId)
            .With(we.SessionKey.Sealed).With(we.SessionKey.Tag).With(we.SessionKey.IssuedAt)
            .With(login.RequireBinding).With(login.TicketHash).With(ticketExpiresAt)
            .With(login.SessionId).With(login.SeedHash).With(login.ExpiresAt).With(login.AccessExpiresAt)
            .With(login.LoginKeyHash).With(login.MaxSessions).With(login.Client.Ip).With(login.Client.UserAgent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetString(0) switch
        {
            "logged_in" => new RecordedLogin.LoggedIn(
                ReadUser(reader), we.AppId, we.OpenId, login.SessionId, Generation: 1, login.ExpiresAt, login.AccessExpiresAt, IsNewUser: reader.GetBoolean(1)),
            "unbound" => new RecordedLogin.Unbound(ticketExpiresAt),
            "disabled" => new RecordedLogin.Disabled(),
            var outcome => throw new InvalidOperationException($"log_in answered {outcome}."),
        };
    }

    public async Task<RecordedLogin?> FindRetriedAsync(RetriedLogin login, CancellationToken cancellationToken)
    {
        var since = login.Now - RetriedLogin.Window;
        var rows = await db.Database.SqlQuery<RetriedLoginRow>($"""
            UPDATE sessions s SET
                refresh_generation = CASE WHEN s.refresh_generation = 1 THEN 2 ELSE s.refresh_generation END,
                refreshed_at = CASE WHEN s.refresh_generation = 1 THEN {login.Now} ELSE s.refreshed_at END,
                expires_at = least({login.Now} + {login.RefreshTokenLifetime}, s.created_at + {login.AbsoluteLifetime}),
                access_expires_at = greatest(s.access_expires_at,
                    least({login.Now} + {login.AccessTokenLifetime}, s.created_at + {login.AbsoluteLifetime}))
            FROM users u
            WHERE s.login_key_hash = {login.LoginKeyHash} AND s.created_at > {since} AND s.ended_at IS NULL AND s.expires_at > {login.Now}
              AND u.id = s.user_id AND u.status = 'active'
            RETURNING s.id AS "SessionId", s.app_id AS "AppId", s.open_id AS "OpenId", s.refresh_generation AS "Generation",
                s.expires_at AS "ExpiresAt", least({login.Now} + {login.AccessTokenLifetime}, s.expires_at) AS "AccessExpiresAt",
                s.is_new_user AS "IsNewUser", u.id AS "UserId", u.nickname AS "Nickname", u.avatar_url AS "AvatarUrl",
                u.phone_number AS "PhoneNumber", u.user_name AS "UserName", u.roles AS "Roles", u.created_at AS "CreatedAt"
            """).ToListAsync(cancellationToken);
        if (rows is [var row, ..])
        {
            return new RecordedLogin.LoggedIn(
                row.ToUser(), row.AppId!, row.OpenId!, row.SessionId, row.Generation, row.ExpiresAt, row.AccessExpiresAt, row.IsNewUser);
        }

        // The first try may have been answered binding_required: its retry gets a fresh ticket, and the lost one is void.
        var ticketExpiresAt = login.Now + Domain.Accounts.BindingTicket.Lifetime;
        var unbound = await db.Identities
            .Where(identity => identity.LoginKeyHash == login.LoginKeyHash && identity.LoginKeyAt > since && identity.UserId == null)
            .ExecuteUpdateAsync(
                set => set.SetProperty(identity => identity.BindingTicketHash, login.TicketHash)
                    .SetProperty(identity => identity.BindingTicketExpiresAt, ticketExpiresAt),
                cancellationToken);
        return unbound == 0 ? null : new RecordedLogin.Unbound(ticketExpiresAt);
    }

    public Task RecordRefusalAsync(string? appId, string reason, IPAddress? ip, DateTimeOffset now, CancellationToken cancellationToken) =>
        AuditLog.AddAsync(db, AuditTypes.LoginRefused, AuditOutcomes.Refused, now, cancellationToken, appId: appId, ip: ip, detail: new() { ["reason"] = reason });

    private static User ReadUser(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(2),
        Nickname = row.GetText(3),
        AvatarUrl = row.GetText(4),
        PhoneNumber = row.GetText(5),
        UserName = row.GetText(6),
        Roles = row.GetFieldValue<string[]>(7),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(8),
    };

    private sealed class RetriedLoginRow
    {
        public Guid SessionId { get; init; }

        public string? AppId { get; init; }

        public string? OpenId { get; init; }

        public int Generation { get; init; }

        public DateTimeOffset ExpiresAt { get; init; }

        public DateTimeOffset AccessExpiresAt { get; init; }

        public bool IsNewUser { get; init; }

        public Guid UserId { get; init; }

        public string? Nickname { get; init; }

        public string? AvatarUrl { get; init; }

        public string? PhoneNumber { get; init; }

        public string? UserName { get; init; }

        public string[] Roles { get; init; } = [];

        public DateTimeOffset CreatedAt { get; init; }

        public User ToUser() => new()
        {
            Id = UserId,
            Nickname = Nickname,
            AvatarUrl = AvatarUrl,
            PhoneNumber = PhoneNumber,
            UserName = UserName,
            Roles = Roles,
            CreatedAt = CreatedAt,
        };
    }
}
