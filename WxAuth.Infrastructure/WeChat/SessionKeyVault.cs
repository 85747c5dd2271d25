using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>
/// The one class that handles a clear session_key. It seals the key as it came from WeChat and lends it, for the length of one
/// call, to what needs it: decryption wants its bytes, signatures want its text.
/// </summary>
internal sealed class SessionKeyVault(IDataProtectionProvider dataProtection)
{
    /// <summary>Length of a session_key as text: base64 of <see cref="KeyLength"/> bytes.</summary>
    public const int TextLength = 24;

    /// <summary>Length of the AES key that the text stands for.</summary>
    public const int KeyLength = 16;

    // One protector for all: making one for each app and openid is slow, and the pool of protectors would grow with the users.
    // What the key belongs to goes into the sealed payload instead.
    private readonly IDataProtector _protector = dataProtection.CreateProtector("WxAuth.WeChat.SessionKey.v1");

    /// <summary>Something that is done with a clear session_key, given as its text.</summary>
    public delegate TResult Use<in TArgument, out TResult>(ReadOnlySpan<byte> keyText, TArgument argument)
        where TArgument : allows ref struct;

    /// <summary>Whether the text is base64 of 16 bytes.</summary>
    public static bool IsSessionKey(ReadOnlySpan<byte> keyText)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        var isKey = TryDecode(keyText, key);
        CryptographicOperations.ZeroMemory(key);
        return isKey;
    }

    /// <summary>The bytes that the text stands for.</summary>
    /// <param name="keyText">A session_key as WeChat gives it.</param>
    /// <param name="key">Room for <see cref="KeyLength"/> bytes; the caller clears it.</param>
    public static bool TryDecode(ReadOnlySpan<byte> keyText, Span<byte> key)
    {
        // 24 characters can only make 16 bytes if none of them is one of the blanks that the decoder skips.
        Span<char> text = stackalloc char[TextLength];
        var isKey = keyText.Length == TextLength
            && Encoding.Latin1.GetChars(keyText, text) == TextLength
            && Convert.TryFromBase64Chars(text, key, out var written)
            && written == KeyLength;
        text.Clear();
        return isKey;
    }

    /// <param name="appId">The mini-program that the key belongs to.</param>
    /// <param name="openId">The user that the key belongs to.</param>
    /// <param name="keyText">A well-formed session_key; the caller clears it.</param>
    /// <param name="issuedAt">When WeChat was asked for it.</param>
    public SealedSessionKey Seal(string appId, string openId, ReadOnlySpan<byte> keyText, DateTimeOffset issuedAt)
    {
        var payload = new byte[SHA256.HashSizeInBytes + TextLength];
        try
        {
            Hash("owner"u8, appId, openId, [], payload);
            keyText.CopyTo(payload.AsSpan(SHA256.HashSizeInBytes));
            var tag = new byte[SHA256.HashSizeInBytes];
            Hash("tag"u8, appId, openId, keyText, tag);
            return new SealedSessionKey(_protector.Protect(payload), tag, issuedAt);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(payload);
        }
    }

    /// <summary>Opens a sealed key for the length of one call.</summary>
    /// <returns>Whether the key could be opened: it cannot where the keys of Data Protection are lost, or where it belongs to somebody else.</returns>
    public bool TryUse<TArgument, TResult>(
        string appId, string openId, SealedSessionKey sealedKey, TArgument argument, Use<TArgument, TResult> use, [MaybeNullWhen(false)] out TResult result)
        where TArgument : allows ref struct
    {
        result = default;
        byte[] payload;
        try
        {
            payload = _protector.Unprotect(sealedKey.Sealed);
        }
        catch (CryptographicException)
        {
            // Expected after a restore without the key ring: to the caller a key that is not there, not a fault.
            return false;
        }

        try
        {
            Span<byte> owner = stackalloc byte[SHA256.HashSizeInBytes];
            Hash("owner"u8, appId, openId, [], owner);
            if (payload.Length != SHA256.HashSizeInBytes + TextLength
                || !CryptographicOperations.FixedTimeEquals(owner, payload.AsSpan(0, SHA256.HashSizeInBytes)))
            {
                return false;
            }

            result = use(payload.AsSpan(SHA256.HashSizeInBytes), argument);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(payload);
        }
    }

    /// <summary>The signature that checksession wants: HMAC-SHA256 of the empty message under the text of the key, lower-case hex.</summary>
    /// <returns><c>null</c> where the key cannot be opened.</returns>
    public string? SignNothing(string appId, string openId, SealedSessionKey sealedKey) =>
        TryUse(appId, openId, sealedKey, 0, static (keyText, _) => Sign(keyText, []), out var signature) ? signature : null;

    /// <summary>HMAC-SHA256 under the text of a session_key, lower-case hex.</summary>
    public static string Sign(ReadOnlySpan<byte> keyText, ReadOnlySpan<byte> message)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(keyText, message, mac);
        return Convert.ToHexStringLower(mac);
    }

    // Lengths go before the texts, so that no two pairs of app and openid hash alike.
    private static void Hash(ReadOnlySpan<byte> purpose, string appId, string openId, ReadOnlySpan<byte> keyText, Span<byte> hash)
    {
        var prefix = "WxAuth.SessionKey.v1:"u8;
        var appIdLength = Encoding.UTF8.GetByteCount(appId);
        var openIdLength = Encoding.UTF8.GetByteCount(openId);
        var length = prefix.Length + purpose.Length + (2 * sizeof(int)) + appIdLength + openIdLength + keyText.Length;
        var text = length <= 512 ? stackalloc byte[512] : new byte[length];
        var rest = text;
        Append(prefix, ref rest);
        Append(purpose, ref rest);
        AppendText(appId, appIdLength, ref rest);
        AppendText(openId, openIdLength, ref rest);
        Append(keyText, ref rest);
        SHA256.HashData(text[..length], hash);
        CryptographicOperations.ZeroMemory(text);
    }

    private static void AppendText(string text, int length, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32BigEndian(rest, length);
        rest = rest[sizeof(int)..];
        rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
    }

    private static void Append(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
