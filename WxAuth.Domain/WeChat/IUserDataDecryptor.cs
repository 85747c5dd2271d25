namespace WxAuth.Domain.WeChat;

/// <summary>
/// Opens the encryptedData that a mini-program's client gets from WeChat. It has no integrity check, so nothing in it says who
/// somebody is: an openId in it is compared with the session's and not given out.
/// </summary>
public interface IUserDataDecryptor
{
    /// <summary>Opens what <c>wx.getUserInfo</c> or <c>wx.getUserProfile</c> gave. Does not throw for what a client can send.</summary>
    Decrypted<UserProfile> DecryptProfile(EncryptedUserData data);

    /// <summary>
    /// Opens what the phone number button gave. Does not throw for what a client can send. A number that yields no E.164 is
    /// <see cref="DecryptionRefusal.EncryptedDataInvalid"/>.
    /// </summary>
    Decrypted<PhoneNumber> DecryptPhoneNumber(EncryptedUserData data);
}

/// <summary>What a client sent, and what the server knows of its session.</summary>
/// <param name="AppId">The mini-program of the session.</param>
/// <param name="OpenId">The user of the session.</param>
/// <param name="CurrentKey">The session_key that WeChat gave last.</param>
/// <param name="PreviousKey">The one before, tried where the current one does not open the data: it may have been encrypted just before a new login.</param>
/// <param name="EncryptedData">Base64.</param>
/// <param name="Iv">Base64 of 16 bytes.</param>
/// <param name="RawData">The text that the signature is over, exactly as the client got it; together with <paramref name="Signature"/> or not at all.</param>
/// <param name="Signature">SHA-1 of rawData and session_key, hex.</param>
public sealed record EncryptedUserData(
    string AppId,
    string OpenId,
    SealedSessionKey CurrentKey,
    SealedSessionKey? PreviousKey,
    string EncryptedData,
    string Iv,
    string? RawData = null,
    string? Signature = null);

/// <summary>How opening ended.</summary>
/// <typeparam name="T">What was in it.</typeparam>
public abstract record Decrypted<T>
{
    private Decrypted()
    {
    }

    /// <param name="Content">What was in it.</param>
    /// <param name="ByPreviousKey">Whether it was the previous key that opened it.</param>
    public sealed record Opened(T Content, bool ByPreviousKey) : Decrypted<T>;

    /// <param name="Refusal">Why it was refused.</param>
    public sealed record Refused(DecryptionRefusal Refusal) : Decrypted<T>;
}

/// <summary>Why encryptedData was refused. That it does not open is one reason alone: telling how it failed would help to forge it.</summary>
public enum DecryptionRefusal
{
    /// <summary>Data or iv is no base64 of a possible length, or what was in it is not what was asked for.</summary>
    EncryptedDataInvalid,

    /// <summary>No key that the server has opens it.</summary>
    SessionKeyStale,

    /// <summary>It belongs to another app or another user.</summary>
    WatermarkMismatch,

    /// <summary>The signature is not that of rawData under the key that opened the data.</summary>
    SignatureInvalid,
}

/// <summary>What a user shows of himself. Each may be <c>null</c>; an empty text is <c>null</c>.</summary>
/// <param name="Nickname">As WeChat gives it, the placeholder <c>微信用户</c> included.</param>
/// <param name="AvatarUrl">As WeChat gives it.</param>
public sealed record UserProfile(string? Nickname, string? AvatarUrl);
