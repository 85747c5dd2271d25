using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>
/// The signatures and the cipher of the message push: AES-256-CBC, its iv the first half of the key, padded as PKCS#7 does but to
/// blocks of 32; inside, 16 random bytes, the length of the message in bytes (big-endian), the message, the AppID.
/// </summary>
internal static class PushCrypto
{
    private const int KeyLength = 32;
    private const int AesBlock = 16;
    private const int PaddingBlock = 32;
    private const int RandomLength = 16;
    private const int HeaderLength = RandomLength + sizeof(int);

    /// <summary>SHA-1 of the parts in byte-wise order, lower-case hex: <c>signature</c> of Token, timestamp and nonce, <c>msg_signature</c> with the encrypted message too.</summary>
    public static string Sign(params ReadOnlySpan<string> parts)
    {
        var sorted = parts.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
#pragma warning disable CA5350 // SHA-1 is WeChat's choice.
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(string.Concat(sorted))));
#pragma warning restore CA5350
    }

    /// <summary>Compares a signature in constant time.</summary>
    public static bool IsSigned(string? signature, params ReadOnlySpan<string> parts) =>
        signature is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(parts)), Encoding.UTF8.GetBytes(signature));

    /// <summary>Decodes an EncodingAESKey.</summary>
    /// <returns>Whether it is 43 characters of base64. Spare bits in the last one do not matter: WeChat's keys have them.</returns>
    public static bool TryDecodeKey(string? encodingAesKey, [NotNullWhen(true)] out byte[]? key)
    {
        key = new byte[KeyLength];
        if (encodingAesKey is { Length: 43 }
            && Convert.TryFromBase64String(encodingAesKey + "=", key, out var written)
            && written == KeyLength)
        {
            return true;
        }

        key = null;
        return false;
    }

    /// <returns>The message and the AppID it is for, or <c>null</c> where it does not decrypt.</returns>
    public static (byte[] Message, string AppId)? Decrypt(byte[] key, string encrypted)
    {
        var cipher = new byte[encrypted.Length / 4 * 3];
        if (encrypted.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(encrypted, cipher, out var length) || length == 0 || length % AesBlock != 0)
        {
            return null;
        }

        using var aes = Aes.Create();
        aes.SetKey(key);
        var plain = aes.DecryptCbc(cipher.AsSpan(0, length), key.AsSpan(0, AesBlock), PaddingMode.None);
        if (Unpad(plain) is not { Length: >= HeaderLength } content)
        {
            return null;
        }

        var messageLength = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(RandomLength));
        if (messageLength < 0 || messageLength > content.Length - HeaderLength)
        {
            return null;
        }

        var message = content.AsSpan(HeaderLength, messageLength);
        return (message.ToArray(), Encoding.UTF8.GetString(content.AsSpan(HeaderLength + messageLength)));
    }

    /// <param name="key">The decoded EncodingAESKey.</param>
    /// <param name="appId">The AppID that the message is for.</param>
    /// <param name="message">UTF-8.</param>
    /// <param name="random">16 bytes, new for each message.</param>
    public static string Encrypt(byte[] key, string appId, ReadOnlySpan<byte> message, ReadOnlySpan<byte> random)
    {
        if (random.Length != RandomLength)
        {
            throw new ArgumentException($"{RandomLength} random bytes are needed.", nameof(random));
        }

        var owner = Encoding.UTF8.GetBytes(appId);
        var length = HeaderLength + message.Length + owner.Length;
        var padding = PaddingBlock - (length % PaddingBlock);
        var plain = new byte[length + padding];
        random.CopyTo(plain);
        BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(RandomLength), message.Length);
        message.CopyTo(plain.AsSpan(HeaderLength));
        owner.CopyTo(plain.AsSpan(HeaderLength + message.Length));
        plain.AsSpan(length).Fill((byte)padding);
        using var aes = Aes.Create();
        aes.SetKey(key);
        return Convert.ToBase64String(aes.EncryptCbc(plain, key.AsSpan(0, AesBlock), PaddingMode.None));
    }

    private static byte[]? Unpad(byte[] plain)
    {
        int padding = plain[^1];
        return padding is >= 1 and <= PaddingBlock
            && padding <= plain.Length
            && !plain.AsSpan(plain.Length - padding).ContainsAnyExcept((byte)padding)
            ? plain[..^padding]
            : null;
    }
}
