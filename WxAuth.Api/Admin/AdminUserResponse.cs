using System.Text.Json;
using System.Text.Json.Serialization;
using WxAuth.Api.Users;
using WxAuth.Domain.Admin;

namespace WxAuth.Api.Admin;

/// <summary>A user, as an administrator sees it.</summary>
public sealed record AdminUserResponse : UserResponse
{
    /// <summary><c>active</c>, <c>disabled</c> or <c>erased</c>.</summary>
    /// <example>active</example>
    public required string Status { get; init; }

    /// <summary>When the user last logged in, in UTC; refreshes do not count.</summary>
    public required DateTimeOffset? LastLoginAt { get; init; }

    /// <summary>In how many places the user is logged in.</summary>
    public required int LiveSessions { get; init; }

    /// <summary>The WeChat identities that lead to the user; absent in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AdminIdentityResponse>? Identities { get; init; }

    /// <summary>The response for a user.</summary>
    public static AdminUserResponse From(AdministeredUser administered)
    {
        var user = administered.User;
        return new()
        {
            Id = user.Id,
            Nickname = user.Nickname,
            AvatarUrl = user.AvatarUrl,
            PhoneNumber = user.PhoneNumber,
            UserName = user.UserName,
            Roles = user.Roles,
            CreatedAt = user.CreatedAt,
            Status = JsonNamingPolicy.SnakeCaseLower.ConvertName(user.Status.ToString()),
            LastLoginAt = user.LastLoginAt,
            LiveSessions = administered.LiveSessions,
            Identities = administered.Identities?.Select(identity => new AdminIdentityResponse(identity.AppId, identity.OpenId, identity.UnionId)).ToList(),
        };
    }
}

/// <summary>A WeChat identity.</summary>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">The user within it.</param>
/// <param name="UnionId">The user across the apps of one Open Platform account, or <c>null</c>.</param>
public sealed record AdminIdentityResponse(string AppId, string OpenId, string? UnionId);

/// <summary>A page of users.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="NextCursor">For <c>cursor</c> of the next request; <c>null</c>: there are no more.</param>
public sealed record AdminUsersResponse(IReadOnlyList<AdminUserResponse> Items, string? NextCursor);
