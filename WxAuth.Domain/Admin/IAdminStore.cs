using System.Net;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Admin;

/// <summary>Reads and changes users for administrators. Each method is one statement and one transaction.</summary>
public interface IAdminStore
{
    /// <summary>Users, the newest first.</summary>
    /// <param name="search">What to look for; <c>null</c>: all.</param>
    /// <param name="after">The last user of the page before; <c>null</c>: the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="now">When a session counts as live.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task<Page<AdministeredUser>> ListAsync(UserSearch? search, Guid? after, int limit, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>One user with its identities, also an erased one; <c>null</c> where there is none.</summary>
    Task<AdministeredUser?> FindAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Disables or enables; disabling ends all sessions. A user that is so already stays as it is, without an audit event.</summary>
    /// <returns><c>null</c>, or <see cref="FailureCode.NotFound"/>, <see cref="FailureCode.LastAdministrator"/>.</returns>
    Task<Failure?> SetStatusAsync(Guid userId, UserStatus status, AdminAction action, CancellationToken cancellationToken);

    /// <summary>Gives a user these roles and ends all its sessions. One that has them already keeps its sessions, and nothing is audited.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="roles">Without doubles; their order does not matter.</param>
    /// <param name="action">By whom.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>As <see cref="SetStatusAsync"/>.</returns>
    Task<Failure?> SetRolesAsync(Guid userId, string[] roles, AdminAction action, CancellationToken cancellationToken);

    /// <summary>Ends all live sessions of a user.</summary>
    /// <returns>Whether there is such a user.</returns>
    Task<bool> EndSessionsAsync(Guid userId, AdminAction action, CancellationToken cancellationToken);
}

/// <summary>Who does it, from where, when.</summary>
/// <param name="By">The administrator.</param>
/// <param name="Ip">The administrator's address.</param>
/// <param name="Now">The time of the action, and of all rows that it writes.</param>
public sealed record AdminAction(Guid By, IPAddress? Ip, DateTimeOffset Now);

/// <summary>What an administrator looks for; a user is found by any of them.</summary>
/// <param name="Text">An openid, or the start of a user name or nickname, without case.</param>
/// <param name="UserId">The text as a user id, where it is one.</param>
/// <param name="PhoneNumber">The text as a phone number in E.164, where it is one.</param>
public sealed record UserSearch(string Text, Guid? UserId, string? PhoneNumber);

/// <summary>A user as an administrator sees it.</summary>
/// <param name="User">The user.</param>
/// <param name="LiveSessions">How many sessions are live.</param>
/// <param name="Identities">Its WeChat identities; <c>null</c> in a list.</param>
public sealed record AdministeredUser(User User, int LiveSessions, IReadOnlyList<LinkedIdentity>? Identities);

/// <summary>A WeChat identity of a user.</summary>
public sealed record LinkedIdentity(string AppId, string OpenId, string? UnionId);
