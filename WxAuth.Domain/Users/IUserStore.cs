using System.Net;

namespace WxAuth.Domain.Users;

/// <summary>Keeps users, as far as they themselves see and change them.</summary>
public interface IUserStore
{
    /// <summary>The user; <c>null</c> where there is none or its data have been erased.</summary>
    Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken);

    /// <summary>Changes the profile, and says so in the audit log, in one round trip.</summary>
    /// <returns>The user after it; <c>null</c> as for <see cref="FindAsync"/>.</returns>
    Task<User?> ChangeProfileAsync(Guid userId, ProfileChange change, DateTimeOffset now, IPAddress? ip, CancellationToken cancellationToken);
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
