using FluentValidation;
using WxAuth.Api.Problems;
using WxAuth.Domain.Accounts;

namespace WxAuth.Api.Accounts;

/// <summary>A platform account's credentials.</summary>
public record PasswordRequest
{
    /// <summary>3 to 64 letters, digits and <c>. _ - @</c>, in any case.</summary>
    /// <example>li.lei</example>
    public string? UserName { get; init; }

    /// <summary>1 to 128 characters.</summary>
    /// <example>correct horse battery staple</example>
    public string? Password { get; init; }

    /// <summary>Without the password: a record writes its members by itself.</summary>
    public override string ToString() => nameof(PasswordRequest);

    internal PasswordCommand ToCommand() => new(UserName!, Password!);
}

/// <summary>A binding ticket and the account to bind.</summary>
public sealed record BindRequest : PasswordRequest
{
    /// <summary>The <c>bindingTicket</c> of the login that answered <c>binding_required</c>; good for ten minutes.</summary>
    public string? BindingTicket { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(BindRequest);
}

internal sealed class PasswordRequestValidator : AbstractValidator<PasswordRequest>
{
    public PasswordRequestValidator()
    {
        RuleFor(request => request.UserName).UserName();
        RuleFor(request => request.Password).GivenPassword();
    }
}

internal sealed class BindRequestValidator : AbstractValidator<BindRequest>
{
    public BindRequestValidator()
    {
        RuleFor(request => request.BindingTicket).Cascade(CascadeMode.Stop).Required().NoNul();
        RuleFor(request => request.UserName).UserName();
        RuleFor(request => request.Password).GivenPassword();
    }
}
