using System.Net;
using WxAuth.Domain.Audit;

namespace WxAuth.Domain.Users;

/// <summary>Pictures that users upload.</summary>
public sealed class AvatarService(IAvatarStore avatars, TimeProvider timeProvider)
{
    /// <summary>Puts a picture in the place of the one before. The same picture again changes nothing.</summary>
    /// <param name="userId">Whose it is.</param>
    /// <param name="picture">The picture as it was uploaded.</param>
    /// <param name="contentType">What it is; see <see cref="PictureTypes"/>.</param>
    /// <param name="baseAddress">What the picture's id is appended to for its address.</param>
    /// <param name="ip">From where.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<UserResult> ReplaceAsync(
        Guid userId, byte[] picture, string contentType, string baseAddress, IPAddress? ip, CancellationToken cancellationToken)
    {
        var context = new AuditContext(timeProvider.GetUtcNow(), ip);
        var uploaded = Avatar.Upload(userId, picture, contentType, context.At);
        return UserResult.From(await avatars.ReplaceAsync(
            uploaded, (user, kept, events) => Replace(user, kept, uploaded, baseAddress, events, context), cancellationToken));
    }

    private static bool Replace(
        User user, KeptAvatar? kept, Avatar uploaded, string baseAddress, ICollection<AuditEvent> events, AuditContext context)
    {
        if (kept is not null
            && kept.Sha256.AsSpan().SequenceEqual(uploaded.Sha256)
            && string.Equals(user.AvatarUrl, Avatar.AddressOf(baseAddress, kept.Id), StringComparison.Ordinal))
        {
            return false;
        }

        user.ShowAvatar(Avatar.AddressOf(baseAddress, uploaded.Id));
        events.Add(AuditEvents.AvatarUploaded(user, context));
        return true;
    }
}

/// <summary>Keeps uploaded pictures, one a user.</summary>
public interface IAvatarStore
{
    /// <summary>
    /// Keeps a picture, and what the decision changed, in one transaction in which nobody else changes the user; once more from its read
    /// where a conflict comes up. Any other picture of the user is deleted.
    /// </summary>
    /// <param name="uploaded">The picture.</param>
    /// <param name="replace">
    /// Decides whether it takes the place of the one before, and then changes the user and adds what is to be audited.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The user after it; <c>null</c> where the data have been erased.</returns>
    Task<User?> ReplaceAsync(
        Avatar uploaded, Func<User, KeptAvatar?, ICollection<AuditEvent>, bool> replace, CancellationToken cancellationToken);
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
