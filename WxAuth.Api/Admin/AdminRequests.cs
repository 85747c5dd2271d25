using FluentValidation;
using WxAuth.Api.Accounts;

namespace WxAuth.Api.Admin;

/// <summary>The roles that a user is to have.</summary>
public sealed record RolesRequest
{
    /// <summary>At most 20, each 1 to 32 of <c>a-z0-9_-</c>; doubles are folded. Empty: none.</summary>
    public IReadOnlyList<string?>? Roles { get; init; }
}

/// <summary>A platform account to be made.</summary>
public sealed record AccountRequest
{
    /// <summary>3 to 64 letters, digits and <c>. _ - @</c>; unique without case.</summary>
    /// <example>li.lei</example>
    public string? UserName { get; init; }

    /// <summary>8 to 128 characters, not the user name.</summary>
    /// <example>correct horse battery staple</example>
    public string? Password { get; init; }

    /// <summary>At most 20, each 1 to 32 of <c>a-z0-9_-</c>; doubles are folded. Empty: none.</summary>
    public IReadOnlyList<string?>? Roles { get; init; }

    /// <summary>Without the password: a record writes its members by itself.</summary>
    public override string ToString() => nameof(AccountRequest);
}

internal sealed class RolesRequestValidator : AbstractValidator<RolesRequest>
{
    public RolesRequestValidator() => RuleFor(request => request.Roles).Roles();
}

internal sealed class AccountRequestValidator : AbstractValidator<AccountRequest>
{
    public AccountRequestValidator()
    {
        RuleFor(request => request.UserName).UserName();
        RuleFor(request => request.Password).NewPassword(request => request.UserName);
        RuleFor(request => request.Roles).Roles();
    }
}
