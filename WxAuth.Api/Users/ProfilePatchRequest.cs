using System.Text.Json.Serialization;
using FluentValidation;
using WxAuth.Api.Problems;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>What to change of one's profile. A member that is absent stays as it is; <c>null</c> clears it.</summary>
public sealed record ProfilePatchRequest
{
    /// <summary>1 to 64 characters.</summary>
    /// <example>小明</example>
    public string? Nickname
    {
        get;
        init
        {
            field = value;
            HasNickname = true;
        }
    }

    /// <summary>An https address of at most 2048 characters.</summary>
    /// <example>https://example.com/avatar.png</example>
    public string? AvatarUrl
    {
        get;
        init
        {
            field = value;
            HasAvatarUrl = true;
        }
    }

    /// <summary>Whether the nickname was named at all.</summary>
    [JsonIgnore]
    public bool HasNickname { get; private init; }

    /// <summary>Whether the avatar's address was named at all.</summary>
    [JsonIgnore]
    public bool HasAvatarUrl { get; private init; }

    internal ProfileChange ToChange() => new(HasNickname, Nickname, HasAvatarUrl, AvatarUrl);
}

internal sealed class ProfilePatchRequestValidator : AbstractValidator<ProfilePatchRequest>
{
    public ProfilePatchRequestValidator()
    {
        RuleFor(request => request.Nickname).CodePoints(1, 64).NoNul();
        RuleFor(request => request.AvatarUrl).CodePoints(1, 2048).NoNul()
            .Must(url => url is null || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
            .Says(ValidationTexts.HttpsAddress);
    }
}
