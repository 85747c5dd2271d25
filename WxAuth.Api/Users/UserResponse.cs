using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>A user, as the user sees it.</summary>
public record UserResponse
{
    /// <summary>UUIDv7; the <c>sub</c> of access tokens.</summary>
    public required Guid Id { get; init; }

    /// <summary>As the user gave it; <c>null</c> until then.</summary>
    /// <example>小明</example>
    public required string? Nickname { get; init; }

    /// <summary>An https address, or <c>null</c>.</summary>
    /// <example>https://example.com/avatar.png</example>
    public required string? AvatarUrl { get; init; }

    /// <summary>E.164, with <c>+</c>; or <c>null</c>.</summary>
    /// <example>+8613800138000</example>
    public required string? PhoneNumber { get; init; }

    /// <summary>The platform account's name; <c>null</c> for a user without one.</summary>
    public required string? UserName { get; init; }

    /// <summary>What the user may do beyond the ordinary.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>When the user was made, in UTC.</summary>
    /// <example>2026-11-20T08:00:00Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The response for a user.</summary>
    public static UserResponse From(User user) => new()
    {
        Id = user.Id,
        Nickname = user.Nickname,
        AvatarUrl = user.AvatarUrl,
        PhoneNumber = user.PhoneNumber,
        UserName = user.UserName,
        Roles = user.Roles,
        CreatedAt = user.CreatedAt,
    };
}
