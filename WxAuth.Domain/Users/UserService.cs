using System.Net;
using WxAuth.Domain.Audit;

namespace WxAuth.Domain.Users;

/// <summary>What users see and change of themselves.</summary>
public sealed class UserService(IUserStore users, TimeProvider timeProvider)
{
    /// <summary>The user; <c>null</c> where the data have been erased meanwhile.</summary>
    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => users.FindAsync(userId, cancellationToken);

    /// <summary>Changes the profile. What is as it was is neither written nor audited.</summary>
    /// <returns>The user after it; <c>null</c> where the data have been erased meanwhile.</returns>
    public Task<User?> ChangeProfileAsync(Guid userId, ProfileChange change, IPAddress? ip, CancellationToken cancellationToken) =>
        change.IsEmpty
            ? users.FindAsync(userId, cancellationToken)
            : users.ChangeAsync<User?>(userId, gone: null, (user, events) => Change(user, change, events, ip), cancellationToken);

    private User Change(User user, ProfileChange change, ICollection<AuditEvent> events, IPAddress? ip)
    {
        if (user.ChangeProfile(change) is var (nickname, avatarUrl) && (nickname || avatarUrl))
        {
            events.Add(AuditEvents.ProfileChanged(user, nickname, avatarUrl, new AuditContext(timeProvider.GetUtcNow(), ip)));
        }

        return user;
    }
}
