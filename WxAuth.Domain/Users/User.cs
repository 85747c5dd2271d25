namespace WxAuth.Domain.Users;

/// <summary>A user of ours: made by a first login or by an administrator, reached through WeChat identities or a password.</summary>
public sealed class User
{
    /// <summary>UUIDv7; the <c>sub</c> of access tokens. Survives an erasure.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whether the user may log in.</summary>
    public UserStatus Status { get; set; }

    /// <summary>1 to 64 code points, as the user gave it.</summary>
    public string? Nickname { get; set; }

    /// <summary>An https address, at most 2048 characters.</summary>
    public string? AvatarUrl { get; set; }

    /// <summary>E.164, with <c>+</c>.</summary>
    public string? PhoneNumber { get; set; }

    /// <summary>The platform account's name, as given; unique without case. <c>null</c>: the user has no account.</summary>
    public string? UserName { get; set; }

    /// <summary>In the format of ASP.NET Core Identity's PasswordHasher.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>At most 20, each 1 to 32 of <c>a-z0-9_-</c>.</summary>
    public string[] Roles { get; set; } = [];

    /// <summary>When the user was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the user last logged in; refreshes do not count.</summary>
    public DateTimeOffset? LastLoginAt { get; set; }

    /// <summary>When the personal data were erased.</summary>
    public DateTimeOffset? ErasedAt { get; set; }
}

/// <summary>Whether a user may log in.</summary>
public enum UserStatus
{
    /// <summary>Yes.</summary>
    Active,

    /// <summary>No: an administrator said so.</summary>
    Disabled,

    /// <summary>No: the personal data are gone, and only the id is left.</summary>
    Erased,
}
