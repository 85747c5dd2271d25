using System.Net;

namespace WxAuth.Domain.Users;

/// <summary>What users see and change of themselves.</summary>
public sealed class UserService(IUserStore users, TimeProvider timeProvider)
{
    /// <summary>The user; <c>null</c> where the data have been erased meanwhile.</summary>
    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => users.FindAsync(userId, cancellationToken);

    /// <summary>Changes the profile.</summary>
    public Task<User?> ChangeProfileAsync(Guid userId, ProfileChange change, IPAddress? ip, CancellationToken cancellationToken) => change.IsEmpty
        ? users.FindAsync(userId, cancellationToken)
        : users.ChangeProfileAsync(userId, change, timeProvider.GetUtcNow(), ip, cancellationToken);
}
