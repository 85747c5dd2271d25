namespace WxAuth.Domain.Users;

/// <summary>A picture that a user uploaded. It never changes: another one has another id.</summary>
public sealed class Avatar
{
    /// <summary>UUIDv7 of its own: the user's id is nobody's business who sees the picture.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose it is; one a user.</summary>
    public required Guid UserId { get; init; }

    /// <summary><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>.</summary>
    public required string ContentType { get; init; }

    /// <summary>The picture as it was uploaded; 1 byte to 1 MiB.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>SHA-256 of the picture, which makes its ETag.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>When it was uploaded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
