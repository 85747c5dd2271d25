using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <inheritdoc cref="IUserDataDecryptor"/>
internal sealed class UserDataDecryptor(SessionKeyVault vault) : IUserDataDecryptor
{
    /// <inheritdoc/>
    public Decrypted<UserProfile> DecryptProfile(EncryptedUserData data) =>
        Decrypt(data, static payload => new UserProfile(NullIfEmpty(payload.NickName), NullIfEmpty(payload.AvatarUrl)));

    /// <inheritdoc/>
    public Decrypted<PhoneNumber> DecryptPhoneNumber(EncryptedUserData data) =>
        Decrypt(data, static payload => PhoneNumbers.Parse(payload.PhoneNumber, payload.PurePhoneNumber, payload.CountryCode));

    private Decrypted<T> Decrypt<T>(EncryptedUserData data, Func<UserDataPayload, T?> contentOf)
        where T : class
    {
        if (!TryDecode(data.EncryptedData, out var cipher) || cipher.Length == 0 || cipher.Length % SessionKeyVault.KeyLength != 0
            || !TryDecode(data.Iv, out var iv) || iv.Length != SessionKeyVault.KeyLength)
        {
            return new Decrypted<T>.Refused(DecryptionRefusal.EncryptedDataInvalid);
        }

        var byPreviousKey = false;
        if (!TryOpen(data, data.CurrentKey, cipher, iv, out var opened))
        {
            byPreviousKey = true;
            if (data.PreviousKey is null || !TryOpen(data, data.PreviousKey, cipher, iv, out opened))
            {
                return new Decrypted<T>.Refused(DecryptionRefusal.SessionKeyStale);
            }
        }

        var payload = opened.Payload;
        if (payload.Watermark?.AppId != data.AppId || (payload.OpenId is not null && payload.OpenId != data.OpenId))
        {
            return new Decrypted<T>.Refused(DecryptionRefusal.WatermarkMismatch);
        }

        if (!opened.IsSigned)
        {
            return new Decrypted<T>.Refused(DecryptionRefusal.SignatureInvalid);
        }

        return contentOf(payload) is { } content
            ? new Decrypted<T>.Opened(content, byPreviousKey)
            : new Decrypted<T>.Refused(DecryptionRefusal.EncryptedDataInvalid);
    }

    private bool TryOpen(EncryptedUserData data, SealedSessionKey key, byte[] cipher, byte[] iv, [NotNullWhen(true)] out Opened? opened)
    {
        vault.TryUse(
            data.AppId,
            data.OpenId,
            key,
            (data, cipher, iv),
            static (keyText, argument) => EncryptedData.Open(keyText, argument.cipher, argument.iv) is { } payload
                ? new Opened(payload, IsSigned(keyText, argument.data))
                : null,
            out opened);
        return opened is not null;
    }

    private static bool IsSigned(ReadOnlySpan<byte> keyText, EncryptedUserData data) =>
        data is { RawData: null, Signature: null }
        || (data is { RawData: { } rawData, Signature: { } signature } && RawDataSignature.IsValid(keyText, rawData, signature));

    // Strict: FromBase64 skips blanks, and a blank is what a '+' becomes on a wrong way here.
    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length / 4 * 3];
        if (text.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(text, bytes, out var written))
        {
            return false;
        }

        Array.Resize(ref bytes, written);
        return true;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private sealed record Opened(UserDataPayload Payload, bool IsSigned);
}

/// <summary>The cipher of encryptedData: AES-128-CBC with PKCS#7, over a JSON object.</summary>
internal static class EncryptedData
{
    /// <returns>What was in it, or <c>null</c> where the key does not open it: padding, UTF-8 and JSON are not told apart.</returns>
    public static UserDataPayload? Open(ReadOnlySpan<byte> keyText, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> iv)
    {
        Span<byte> key = stackalloc byte[SessionKeyVault.KeyLength];
        var plain = new byte[cipher.Length];
        try
        {
            if (!SessionKeyVault.TryDecode(keyText, key))
            {
                return null;
            }

            using var aes = Aes.Create();
            aes.SetKey(key);
            // About one wrong key in 255 passes the padding: the text behind it has to be right as well.
            return aes.TryDecryptCbc(cipher, iv, plain, out var length, PaddingMode.PKCS7) && Utf8.IsValid(plain.AsSpan(0, length))
                ? JsonSerializer.Deserialize(plain.AsSpan(0, length), WeChatJson.Default.UserDataPayload)
                : null;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            // Wrong padding or wrong text is what a wrong key looks like: an answer, not a fault.
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

}

/// <summary>The signature over rawData.</summary>
internal static class RawDataSignature
{
    /// <param name="keyText">The session_key as text, which is how it is signed with.</param>
    /// <param name="rawData">Exactly what the client got.</param>
    /// <param name="signature">Hex.</param>
    public static bool IsValid(ReadOnlySpan<byte> keyText, string rawData, string signature)
    {
        Span<byte> expected = stackalloc byte[SHA1.HashSizeInBytes];
        Span<byte> given = stackalloc byte[SHA1.HashSizeInBytes];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha.AppendData(Encoding.UTF8.GetBytes(rawData));
        sha.AppendData(keyText);
        sha.GetHashAndReset(expected);
        return signature.Length == 2 * SHA1.HashSizeInBytes
            && Convert.FromHexString(signature, given, out _, out _) is System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(expected, given);
    }
}
