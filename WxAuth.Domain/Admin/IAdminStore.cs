using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Admin;

/// <summary>Reads users for administrators, and keeps the accounts that they make. What changes a user is <see cref="IUserStore"/>'s.</summary>
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

    /// <summary>Keeps a new account and the record of its making.</summary>
    /// <returns>Whether its name was free; if not, nothing is kept.</returns>
    Task<bool> AddAccountAsync(User account, AuditEvent created, CancellationToken cancellationToken);
}

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
