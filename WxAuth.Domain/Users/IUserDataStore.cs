using WxAuth.Domain.Sessions;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>Keeps what WeChat tells of users.</summary>
public interface IUserDataStore
{
    /// <summary>The session_keys of an identity; <c>null</c> where the identity is gone, or leads to another user by now.</summary>
    Task<SessionKeys?> FindSessionKeysAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken);

    /// <summary>Keeps the phone number, and audits its change with the last four digits alone, in one round trip.</summary>
    /// <returns>The user after it; <c>null</c> where the data have been erased.</returns>
    Task<User?> ChangePhoneAsync(Caller caller, PhoneNumber phoneNumber, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>The session_keys of an identity.</summary>
/// <param name="Current">The one that WeChat gave last.</param>
/// <param name="Previous">The one before; its fingerprint is not kept, and empty.</param>
public sealed record SessionKeys(SealedSessionKey Current, SealedSessionKey? Previous);
