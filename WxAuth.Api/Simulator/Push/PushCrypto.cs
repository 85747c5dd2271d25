using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace WxAuth.Api.Simulator.Push;

/// <summary>How WeChat signs and encrypts a message push.</summary>
internal static class PushCrypto
{
    private const int Block = 32;

    /// <summary>Hex SHA-1 over the parts, sorted by their bytes and joined.</summary>
#pragma warning disable CA5350 // The algorithm is WeChat's choice.
    public static string Sign(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.Order(StringComparer.Ordinal)))));
#pragma warning restore CA5350

    /// <summary>
    /// AES-256-CBC over 16 random bytes, the length of the message in bytes, the message and the AppID; padded to 32 bytes, which is
    /// not AES's own block.
    /// </summary>
    /// <returns>Base64.</returns>
    public static string Encrypt(string message, string appId, string encodingAesKey, ReadOnlySpan<byte> random16)
    {
        var text = Encoding.UTF8.GetBytes(message);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        byte[] content = [.. random16, .. length, .. text, .. Encoding.UTF8.GetBytes(appId)];
        var pad = Block - (content.Length % Block);
        byte[] padded = [.. content, .. Enumerable.Repeat((byte)pad, pad)];

        using var aes = Aes.Create();
        aes.Key = Convert.FromBase64String(encodingAesKey + "=");
        return Convert.ToBase64String(aes.EncryptCbc(padded, aes.Key.AsSpan(0, 16), PaddingMode.None));
    }
}
