using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using WxAuth.Domain.Tokens;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// Why a counter under an HMAC, and not a stored successor: retries inside the grace period must all get the same successor, and a
/// successor that can be written again at any time needs no column, no sealing and no second round trip. The seed, 256 random
/// bits that only the phone has (the database keeps its SHA-256), makes the HMAC key alone worthless; the HMAC makes a
/// token of an old generation known as genuine, so that only a real one can end a session, and a forged one never
/// reaches the database.
/// </summary>
internal sealed class RefreshTokens(TokenKeys keys) : IRefreshTokens
{
    private const int SeedLength = 32;
    private const int MacLength = 32;
    private const int GenerationOffset = 16;
    private const int SeedOffset = GenerationOffset + 4;
    private const int MacOffset = SeedOffset + SeedLength;
    private const int Length = MacOffset + MacLength;
    private const int EncodedLength = Length / 3 * 4;

    public byte[] CreateSeed(byte[]? loginKeyHash) => loginKeyHash is null
        ? RandomNumberGenerator.GetBytes(SeedLength)
        : HMACSHA256.HashData(keys.Current.RefreshKey, (byte[])[.. "wxauth refresh seed\n"u8, .. loginKeyHash]);

    public string Write(RefreshTokenContent content)
    {
        Span<byte> bytes = stackalloc byte[Length];
        content.SessionId.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes[GenerationOffset..], content.Generation);
        content.Seed.CopyTo(bytes[SeedOffset..]);
        HMACSHA256.HashData(keys.Current.RefreshKey, bytes[..MacOffset], bytes[MacOffset..]);
        return Base64Url.EncodeToString(bytes);
    }

    public RefreshTokenContent? Read(string token)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (token.Length != EncodedLength || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out var written) || written != Length)
        {
            return null;
        }

        Span<byte> mac = stackalloc byte[MacLength];
        HMACSHA256.HashData(keys.Current.RefreshKey, bytes[..MacOffset], mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes[MacOffset..])
            ? new RefreshTokenContent(
                new Guid(bytes[..GenerationOffset], bigEndian: true),
                BinaryPrimitives.ReadInt32BigEndian(bytes[GenerationOffset..]),
                bytes[SeedOffset..MacOffset].ToArray())
            : null;
    }
}
