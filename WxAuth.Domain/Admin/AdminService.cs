using System.Net;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Admin;

/// <summary>What administrators do with users. Every change is audited with who made it.</summary>
public sealed partial class AdminService(
    IAdminStore store, IUserStore users, IPasswordHasher hasher, TimeProvider timeProvider, ILogger<AdminService> logger)
{
    /// <summary>Lists users, the newest first.</summary>
    /// <param name="query">User id, openid, phone number, or the start of user name or nickname; <c>null</c> or blank: all.</param>
    /// <param name="after">The last user of the page before.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<Page<AdministeredUser>> ListAsync(string? query, Guid? after, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(ToSearch(query), after, limit, timeProvider.GetUtcNow(), cancellationToken);

    /// <summary>One user; <c>null</c> where there is none.</summary>
    public Task<AdministeredUser?> FindAsync(Guid userId, CancellationToken cancellationToken) =>
        store.FindAsync(userId, timeProvider.GetUtcNow(), cancellationToken);

    /// <summary>
    /// Disables a user, which ends all its sessions, or enables it. A user that is so already stays as it is, without an audit event.
    /// </summary>
    /// <returns><c>null</c> where it is so now; else <see cref="FailureCode.NotFound"/> or <see cref="FailureCode.LastAdministrator"/>.</returns>
    public async Task<Failure?> SetStatusAsync(Guid userId, UserStatus status, Guid by, IPAddress? ip, CancellationToken cancellationToken)
    {
        var context = ContextOf(by, ip);
        var failure = await users.ChangeWithAllAsync(
            userId, gone: FailureCode.NotFound, user => SetStatus(user, status, context), cancellationToken);
        Log.StatusSet(logger, by, userId, status, failure?.Code);
        return failure;
    }

    /// <summary>
    /// Gives a user these roles, which ends all its sessions, since tokens carry roles. One that has them already, in whatever order, keeps its
    /// sessions, and nothing is audited.
    /// </summary>
    /// <returns>As <see cref="SetStatusAsync"/>.</returns>
    public async Task<Failure?> SetRolesAsync(Guid userId, IEnumerable<string> roles, Guid by, IPAddress? ip, CancellationToken cancellationToken)
    {
        var folded = AccountRules.Fold(roles);
        var context = ContextOf(by, ip);
        var failure = await users.ChangeWithAllAsync(
            userId, gone: FailureCode.NotFound, user => SetRoles(user, folded, context), cancellationToken);
        Log.RolesSet(logger, by, userId, failure?.Code);
        return failure;
    }

    /// <summary>Ends all sessions of a user.</summary>
    /// <returns>Whether there is such a user.</returns>
    public Task<bool> EndSessionsAsync(Guid userId, Guid by, IPAddress? ip, CancellationToken cancellationToken)
    {
        var context = ContextOf(by, ip);
        return users.ChangeWithAllAsync(
            userId,
            gone: false,
            user =>
            {
                user.RevokeSessions(SessionEndReason.RevokedByAdmin, context);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Makes a platform account, within the limits of <see cref="AccountRules"/>.</summary>
    /// <param name="userName">3 to 64 characters.</param>
    /// <param name="password">8 to 128 code points.</param>
    /// <param name="roles">At most 20; doubles are folded.</param>
    /// <param name="by">The administrator; <c>null</c>: somebody at the command line.</param>
    /// <param name="ip">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The new user's id; <c>null</c> where the name is taken.</returns>
    public async Task<Guid?> CreateAccountAsync(
        string userName, string password, IEnumerable<string> roles, Guid? by, IPAddress? ip, CancellationToken cancellationToken)
    {
        var hash = await hasher.HashAsync(password, client: ip, cancellationToken);
        var context = new AuditContext(timeProvider.GetUtcNow(), ip, by);
        var account = User.CreateAccount(userName, hash, AccountRules.Fold(roles), context.At);
        return await store.AddAccountAsync(account, AuditEvents.AccountCreated(account, context), cancellationToken) ? account.Id : null;
    }

    private static Failure? SetStatus(LockedUser user, UserStatus status, AuditContext context)
    {
        if (user.User.Status == status)
        {
            return null;
        }

        if (status == UserStatus.Active)
        {
            user.User.Enable();
            user.Events.Add(AuditEvents.StatusChanged(user.User, context));
            return null;
        }

        if (user.IsLastAdministrator)
        {
            return FailureCode.LastAdministrator;
        }

        user.User.Disable();
        user.Events.Add(AuditEvents.StatusChanged(user.User, context));
        user.RevokeSessions(SessionEndReason.UserDisabled, context);
        return null;
    }

    private static Failure? SetRoles(LockedUser user, string[] roles, AuditContext context)
    {
        if (user.IsLastAdministrator && !roles.Contains(User.AdminRole, StringComparer.Ordinal))
        {
            return FailureCode.LastAdministrator;
        }

        var before = user.User.Roles;
        if (user.User.ChangeRoles(roles))
        {
            user.Events.Add(AuditEvents.RolesChanged(user.User, before, context));
            user.RevokeSessions(SessionEndReason.RolesChanged, context);
        }

        return null;
    }

    private static UserSearch? ToSearch(string? query) => query?.Trim() is { Length: > 0 } text
        ? new UserSearch(text, Guid.TryParse(text, out var id) ? id : null, PhoneNumbers.Parse(text, null, null)?.E164)
        : null;

    private AuditContext ContextOf(Guid by, IPAddress? ip) => new(timeProvider.GetUtcNow(), ip, by);

    private static partial class Log
    {
        [LoggerMessage(2311, LogLevel.Information, "Administrator {By} sets user {UserId} to {Status} (refused: {Failure}).")]
        public static partial void StatusSet(ILogger logger, Guid by, Guid userId, UserStatus status, FailureCode? failure);

        [LoggerMessage(2312, LogLevel.Information, "Administrator {By} sets the roles of user {UserId} (refused: {Failure}).")]
        public static partial void RolesSet(ILogger logger, Guid by, Guid userId, FailureCode? failure);
    }
}
