namespace WxAuth.Domain.Users;

/// <summary>Reads uploaded pictures piece by piece, so that who sends one to a slow client need not keep all of it.</summary>
public interface IAvatarPieces
{
    /// <summary>A piece; <c>null</c> where there is no picture of that id, or no longer.</summary>
    /// <param name="id">The picture's.</param>
    /// <param name="offset">Its first byte, from 0.</param>
    /// <param name="length">How many bytes; at the end of the picture there are fewer.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task<AvatarPiece?> ReadAsync(Guid id, int offset, int length, CancellationToken cancellationToken);
}

/// <summary>A piece of a picture, with what is known of the whole.</summary>
/// <param name="ContentType">As <see cref="Avatar.ContentType"/>.</param>
/// <param name="Sha256">Of the whole picture.</param>
/// <param name="PictureLength">Bytes of the whole picture.</param>
/// <param name="Bytes">The piece.</param>
public sealed record AvatarPiece(string ContentType, byte[] Sha256, int PictureLength, byte[] Bytes);
