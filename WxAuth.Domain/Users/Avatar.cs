using System.Security.Cryptography;

namespace WxAuth.Domain.Users;

/// <summary>A picture that a user uploaded. It never changes: another one has another id.</summary>
public sealed class Avatar
{
    // A UUID as it is usually written.
    private const int IdLength = 36;

    private Avatar()
    {
    }

    /// <summary>UUIDv7 of its own: the user's id is nobody's business who sees the picture.</summary>
    public Guid Id { get; private init; }

    /// <summary>Whose it is; one a user.</summary>
    public Guid UserId { get; private init; }

    /// <summary><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>.</summary>
    public string ContentType { get; private init; } = "";

    /// <summary>The picture as it was uploaded; 1 byte to 1 MiB.</summary>
    public byte[] Bytes { get; private init; } = [];

    /// <summary>SHA-256 of the picture, which makes its ETag.</summary>
    public byte[] Sha256 { get; private init; } = [];

    /// <summary>When it was uploaded.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>A picture that is uploaded now.</summary>
    /// <param name="userId">Whose it is.</param>
    /// <param name="picture">As it was uploaded.</param>
    /// <param name="contentType">What it is; see <see cref="PictureTypes"/>.</param>
    /// <param name="now">The time of the upload.</param>
    public static Avatar Upload(Guid userId, byte[] picture, string contentType, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserId = userId,
        ContentType = contentType,
        Bytes = picture,
        Sha256 = SHA256.HashData(picture),
        CreatedAt = now,
    };

    /// <summary>The address of an uploaded picture: it ends with the id, and nothing else says which picture a profile shows.</summary>
    /// <param name="baseAddress">With a slash at its end.</param>
    /// <param name="id">The picture's.</param>
    public static string AddressOf(string baseAddress, Guid id) => $"{baseAddress}{id}";

    /// <summary>The uploaded picture that an address leads to; <c>null</c> where the address is none of ours by its form.</summary>
    public static Guid? IdIn(string? avatarUrl) =>
        avatarUrl is { Length: > IdLength } && Guid.TryParseExact(avatarUrl.AsSpan()[^IdLength..], "D", out var id) ? id : null;
}

/// <summary>The picture that a user has uploaded already, without its bytes.</summary>
/// <param name="Id">The picture's.</param>
/// <param name="Sha256">SHA-256 of the picture.</param>
public sealed record KeptAvatar(Guid Id, byte[] Sha256);
