using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>Keeps users' phone numbers, which WeChat alone is believed about.</summary>
public sealed class PhoneService(
    SessionIdentities identities, PhoneNumberExchange exchange, IUserDataDecryptor decryptor, IUserStore users, TimeProvider timeProvider)
{
    /// <summary>Keeps the number that a code of the phone number button stands for.</summary>
    /// <exception cref="WeChatException">WeChat cannot be reached, answers garbage, refuses the app or limits it.</exception>
    public async Task<UserResult> ChangeByCodeAsync(Caller caller, string code, CancellationToken cancellationToken) =>
        // Nothing is paid for a session that has nothing to do with WeChat.
        await identities.FindAsync(caller, cancellationToken) is { } identity
            ? await ChangeAsync(caller, identity.AppId, code, cancellationToken)
            : new UserResult.Refused(FailureCode.SessionKeyStale);

    /// <summary>The same for a caller who has logged in at this moment, in that app.</summary>
    /// <exception cref="WeChatException">As for <see cref="ChangeByCodeAsync"/>.</exception>
    public async Task<UserResult> ChangeAsync(Caller caller, string appId, string code, CancellationToken cancellationToken) =>
        await exchange.GetAsync(caller.UserId, appId, code, cancellationToken) is { } number
            ? await KeepAsync(caller, number, cancellationToken)
            : new UserResult.Refused(FailureCode.PhoneCodeInvalid);

    /// <summary>Keeps the number out of the older, encrypted form.</summary>
    public async Task<UserResult> ChangeByEncryptedDataAsync(Caller caller, string encryptedData, string iv, CancellationToken cancellationToken)
    {
        if (await identities.FindAsync(caller, cancellationToken) is not { } identity)
        {
            return new UserResult.Refused(FailureCode.SessionKeyStale);
        }

        return decryptor.DecryptPhoneNumber(new EncryptedUserData(
            identity.AppId, identity.OpenId, identity.Keys.Current, identity.Keys.Previous, encryptedData, iv)) switch
        {
            Decrypted<PhoneNumber>.Opened opened => await KeepAsync(caller, opened.Content, cancellationToken),
            Decrypted<PhoneNumber>.Refused refused => new UserResult.Refused(refused.Refusal.ToFailureCode()),
            var other => throw new InvalidOperationException($"{other.GetType()} is not an ending of a decryption."),
        };
    }

    private async Task<UserResult> KeepAsync(Caller caller, PhoneNumber number, CancellationToken cancellationToken) =>
        UserResult.From(await users.ChangeAsync<User?>(
            caller.UserId, gone: null, (user, events) => Keep(user, number, events, caller), cancellationToken));

    // A repetition that changes nothing is not audited again.
    private User Keep(User user, PhoneNumber number, ICollection<AuditEvent> events, Caller caller)
    {
        if (user.ChangePhone(number.E164))
        {
            var context = new AuditContext(timeProvider.GetUtcNow(), caller.Ip);
            events.Add(AuditEvents.PhoneChanged(user, caller.AppId, caller.SessionId, context));
        }

        return user;
    }
}
