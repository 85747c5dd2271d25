using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// PostgreSQL keeps a large value in chunks of 2 KB, and reads only those that a piece needs: pictures do not compress, and what is not
/// compressed can be read from the middle (TOAST). A context of its own for each piece: nothing is held while the client takes it.
/// </summary>
internal sealed class AvatarPieces(IDbContextFactory<WxAuthDbContext> contexts) : IAvatarPieces
{
    public async Task<AvatarPiece?> ReadAsync(Guid id, int offset, int length, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var pieces = await db.Database.SqlQuery<AvatarPiece>($"""
            SELECT content_type AS "ContentType", sha256 AS "Sha256", octet_length(bytes) AS "PictureLength",
                substring(bytes FROM {offset + 1} FOR {length}) AS "Bytes"
            FROM avatars WHERE id = {id}
            """).ToListAsync(cancellationToken);
        return pieces.SingleOrDefault();
    }
}
