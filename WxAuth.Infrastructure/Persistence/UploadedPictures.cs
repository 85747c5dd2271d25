using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Keeps no picture that no profile shows.</summary>
internal static class UploadedPictures
{
    /// <summary>Deletes the user's uploaded picture where the profile has just come to show another one, or none.</summary>
    public static async Task DeleteUnshownAsync(WxAuthDbContext db, User user, CancellationToken cancellationToken)
    {
        if (db.Entry(user).Property(one => one.AvatarUrl).IsModified)
        {
            var shown = Avatar.IdIn(user.AvatarUrl);
            await db.Avatars.Where(avatar => avatar.UserId == user.Id && avatar.Id != shown).ExecuteDeleteAsync(cancellationToken);
        }
    }
}
