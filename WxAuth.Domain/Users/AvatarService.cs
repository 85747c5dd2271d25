using System.Net;
using System.Security.Cryptography;

namespace WxAuth.Domain.Users;

/// <summary>Pictures that users upload.</summary>
public sealed class AvatarService(IAvatarStore avatars, TimeProvider timeProvider)
{
    /// <summary>Puts a picture in the place of the one before.</summary>
    /// <param name="userId">Whose it is.</param>
    /// <param name="picture">The picture as it was uploaded.</param>
    /// <param name="contentType">What it is; see <see cref="PictureTypes"/>.</param>
    /// <param name="baseAddress">What the picture's id is appended to for its address.</param>
    /// <param name="ip">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<UserResult> ReplaceAsync(
        Guid userId, byte[] picture, string contentType, string baseAddress, IPAddress? ip, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var avatar = new Avatar
        {
            Id = Guid.CreateVersion7(now),
            UserId = userId,
            ContentType = contentType,
            Bytes = picture,
            Sha256 = SHA256.HashData(picture),
            CreatedAt = now,
        };
        return UserResult.From(await avatars.ReplaceAsync(avatar, $"{baseAddress}{avatar.Id}", ip, cancellationToken));
    }

    /// <summary>A picture; <c>null</c> where there is none of that id, or no longer.</summary>
    public Task<Avatar?> FindAsync(Guid id, CancellationToken cancellationToken) => avatars.FindAsync(id, cancellationToken);
}

/// <summary>Keeps uploaded pictures, one a user.</summary>
public interface IAvatarStore
{
    /// <summary>Puts a picture in the place of the user's one before, names it in the profile and audits that, in one transaction.</summary>
    /// <returns>The user after it; <c>null</c> where the data have been erased.</returns>
    Task<User?> ReplaceAsync(Avatar avatar, string avatarUrl, IPAddress? ip, CancellationToken cancellationToken);

    /// <summary>A picture, or <c>null</c>.</summary>
    Task<Avatar?> FindAsync(Guid id, CancellationToken cancellationToken);
}

/// <summary>Tells pictures by their first bytes: names and declared types are anybody's claim.</summary>
public static class PictureTypes
{
    /// <returns>The media type, or <c>null</c> where it is neither PNG, JPEG nor WebP.</returns>
    public static string? Of(ReadOnlySpan<byte> picture) => picture switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        _ => null,
    };
}
