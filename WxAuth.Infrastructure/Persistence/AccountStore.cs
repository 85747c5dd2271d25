using System.Net;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Persistence.Configurations;
using WxAuth.Infrastructure.Sessions;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Accounts in PostgreSQL: the rules that must hold under concurrency are functions in Migrations/Sql/AddAccounts.sql.</summary>
internal sealed class AccountStore(WxAuthDbContext db) : IAccountStore
{
    public async Task<Credentials?> FindCredentialsAsync(string userName, CancellationToken cancellationToken)
    {
        var key = userName.ToLowerInvariant();
        return await db.Users.AsNoTracking()
            .Where(user => EF.Property<string>(user, UserConfiguration.UserNameKey) == key)
            .Select(user => new Credentials(user.Id, user.PasswordHash!))
            .SingleOrDefaultAsync(cancellationToken);
    }

    public async Task<bool> CreateAsync(NewAccount account, CancellationToken cancellationToken)
    {
        var made = await db.Database.SqlQuery<Guid>($"""
            WITH made AS (
                INSERT INTO users (id, status, user_name, password_hash, roles, created_at)
                VALUES ({account.Id}, 'active', {account.UserName}, {account.PasswordHash}, {account.Roles}, {account.Now})
                ON CONFLICT (user_name_key) DO NOTHING
                RETURNING id, roles),
            audited AS (
                INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
                SELECT {Guid.CreateVersion7(account.Now)}, {account.Now}, 'account_created', 'success', id, {account.Ip},
                       jsonb_build_object('roles', to_jsonb(roles), 'by', coalesce({account.By}::uuid::text, 'command_line'))
                FROM made)
            SELECT id AS "Value" FROM made
            """).ToListAsync(cancellationToken);
        return made.Count > 0;
    }

    public async Task<AccountLogin> LoginAsync(PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken) => Answer(
        await db.Database.SqlQuery<AccountLoginRow>($"""
            SELECT outcome AS "Outcome", retry_at AS "RetryAt", end_reason AS "EndReason", app_id AS "AppId", open_id AS "OpenId",
                   user_id AS "UserId", nickname AS "Nickname", avatar_url AS "AvatarUrl", phone_number AS "PhoneNumber",
                   user_name AS "UserName", roles AS "Roles", created_at AS "CreatedAt"
            FROM password_login({session.Now}, {attempt.NameKey}, {attempt.PairKey}, {attempt.UserId}, {attempt.IsRight}, {attempt.NewHash},
                {session.Id}, {session.SeedHash}, {session.ExpiresAt}, {session.AccessExpiresAt}, {session.MaxSessions},
                {session.Client.Ip}, {session.Client.UserAgent})
            """).ToListAsync(cancellationToken),
        session.Now);

    public async Task<AccountLogin> BindAsync(
        byte[] ticketHash, PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken) => Answer(
        await db.Database.SqlQuery<AccountLoginRow>($"""
            SELECT outcome AS "Outcome", retry_at AS "RetryAt", end_reason AS "EndReason", app_id AS "AppId", open_id AS "OpenId",
                   user_id AS "UserId", nickname AS "Nickname", avatar_url AS "AvatarUrl", phone_number AS "PhoneNumber",
                   user_name AS "UserName", roles AS "Roles", created_at AS "CreatedAt"
            FROM bind_identity({session.Now}, {ticketHash}, {attempt.NameKey}, {attempt.PairKey}, {attempt.UserId}, {attempt.IsRight},
                {attempt.NewHash}, {session.Id}, {session.SeedHash}, {session.ExpiresAt}, {session.AccessExpiresAt}, {session.MaxSessions},
                {session.Client.Ip}, {session.Client.UserAgent})
            """).ToListAsync(cancellationToken),
        session.Now);

    public async Task<AccountLogin> JoinAsync(
        Guid userId, Guid sessionId, PasswordAttempt attempt, NewSession session, CancellationToken cancellationToken) => Answer(
        await db.Database.SqlQuery<AccountLoginRow>($"""
            SELECT outcome AS "Outcome", retry_at AS "RetryAt", end_reason AS "EndReason", app_id AS "AppId", open_id AS "OpenId",
                   user_id AS "UserId", nickname AS "Nickname", avatar_url AS "AvatarUrl", phone_number AS "PhoneNumber",
                   user_name AS "UserName", roles AS "Roles", created_at AS "CreatedAt"
            FROM join_account({session.Now}, {userId}, {sessionId}, {attempt.NameKey}, {attempt.PairKey}, {attempt.UserId}, {attempt.IsRight},
                {attempt.NewHash}, {session.Id}, {session.SeedHash}, {session.ExpiresAt}, {session.AccessExpiresAt}, {session.MaxSessions},
                {session.Client.Ip}, {session.Client.UserAgent})
            """).ToListAsync(cancellationToken),
        session.Now);

    public async Task<bool> UnbindAsync(Guid userId, Guid sessionId, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken)
    {
        var unbound = await db.Database.SqlQuery<bool>(
            $"""SELECT unbind_identity({now}, {userId}, {sessionId}, {ip}) AS "Value" """).ToListAsync(cancellationToken);
        return unbound[0];
    }

    private static AccountLogin Answer(List<AccountLoginRow> rows, DateTimeOffset now)
    {
        var row = rows[0];
        return row.Outcome switch
        {
            "logged_in" => new AccountLogin.LoggedIn(row.ToUser(), row.AppId, row.OpenId),
            "account_locked" => Refused(new Failure(FailureCode.AccountLocked) { RetryAfter = row.RetryAt!.Value - now }),
            "session_revoked" => Refused(new Failure(FailureCode.SessionRevoked) { Reason = EndReasons.Read(row.EndReason!) }),
            var code => Refused(EnumText<FailureCode>.Parse(code)),
        };
    }

    private static AccountLogin.Refused Refused(Failure failure) => new(failure);

    private sealed class AccountLoginRow
    {
        public string Outcome { get; init; } = "";

        public DateTimeOffset? RetryAt { get; init; }

        public string? EndReason { get; init; }

        public string? AppId { get; init; }

        public string? OpenId { get; init; }

        public Guid? UserId { get; init; }

        public string? Nickname { get; init; }

        public string? AvatarUrl { get; init; }

        public string? PhoneNumber { get; init; }

        public string? UserName { get; init; }

        public string[]? Roles { get; init; }

        public DateTimeOffset? CreatedAt { get; init; }

        public User ToUser() => new()
        {
            Id = UserId!.Value,
            Nickname = Nickname,
            AvatarUrl = AvatarUrl,
            PhoneNumber = PhoneNumber,
            UserName = UserName,
            Roles = Roles!,
            CreatedAt = CreatedAt!.Value,
        };
    }
}
