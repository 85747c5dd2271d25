using WxAuth.Domain.Audit;

namespace WxAuth.Domain.Users;

/// <summary>Keeps users.</summary>
public interface IUserStore
{
    /// <summary>The user; <c>null</c> where there is none or its data have been erased.</summary>
    Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken);

    /// <summary>An identity, only to be read; <c>null</c> where it is gone, or leads to another user by now.</summary>
    Task<WeChatIdentity?> FindIdentityAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the columns of a user whom nobody else changes meanwhile; once more from its read where a conflict comes up. An uploaded
    /// picture that <see cref="User.AvatarUrl"/> no longer names is deleted with the change.
    /// </summary>
    /// <typeparam name="T">How it ended.</typeparam>
    /// <param name="userId">The user.</param>
    /// <param name="gone">The ending where there is no such user, or its data have been erased.</param>
    /// <param name="change">Decides, changes the user, and adds what is to be audited.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task<T> ChangeAsync<T>(Guid userId, T gone, Func<User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken);

    /// <summary>The same for a user with everything that hangs on it: see <see cref="LockedUser"/>.</summary>
    Task<T> ChangeWithAllAsync<T>(Guid userId, T gone, Func<LockedUser, T> change, CancellationToken cancellationToken);
}

/// <summary>What of a profile is to change.</summary>
/// <param name="SetNickname">Whether the nickname changes.</param>
/// <param name="Nickname">To what; <c>null</c> clears it.</param>
/// <param name="SetAvatarUrl">Whether the avatar's address changes.</param>
/// <param name="AvatarUrl">To what; <c>null</c> clears it.</param>
public sealed record ProfileChange(bool SetNickname, string? Nickname, bool SetAvatarUrl, string? AvatarUrl)
{
    /// <summary>Whether nothing changes.</summary>
    public bool IsEmpty => !SetNickname && !SetAvatarUrl;
}
