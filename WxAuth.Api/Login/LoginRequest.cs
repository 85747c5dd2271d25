using FluentValidation;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Login;

/// <summary>What a mini-program sends to log its user in.</summary>
public sealed record LoginRequest
{
    /// <summary>The code of <c>wx.login</c>: 1 to 256 visible ASCII characters, good once and for five minutes.</summary>
    /// <example>0a3Xyz00abcDEF1234ghi567jkl890mn</example>
    public string? Code { get; init; }

    /// <summary>The mini-program's AppID; may be left out where the server knows only one.</summary>
    /// <example>wx5eb0a6f3c1d2e4f7</example>
    public string? AppId { get; init; }

    /// <summary>The code of the phone number button, to log in and keep the phone number in one call.</summary>
    public string? PhoneCode { get; init; }
}

internal sealed class LoginRequestValidator : AbstractValidator<LoginRequest>
{
    public LoginRequestValidator()
    {
        RuleFor(request => request.Code).Cascade(CascadeMode.Stop).Required().VisibleAscii(1, 256);
        RuleFor(request => request.AppId).NoNul();
        RuleFor(request => request.PhoneCode).Cascade(CascadeMode.Stop).VisibleAscii(1, 256);
    }
}
