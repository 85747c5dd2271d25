using System.Buffers.Binary;

namespace WxAuth.Domain;

/// <summary>Reads UUIDv7 (RFC 9562, 5.7), of which all our keys are.</summary>
public static class UuidV7
{
    /// <summary>The time at which it was made, in whole milliseconds, rounded down.</summary>
    public static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
    }
}
