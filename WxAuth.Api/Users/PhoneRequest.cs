using FluentValidation;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Users;

/// <summary>What the phone number button gave: the <c>code</c> alone, or the older form <c>encryptedData</c> with <c>iv</c>.</summary>
public sealed record PhoneRequest
{
    /// <summary>The code of the phone number button, good once and for five minutes; not one of wx.login.</summary>
    /// <example>e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144</example>
    public string? Code { get; init; }

    /// <summary>Base64.</summary>
    public string? EncryptedData { get; init; }

    /// <summary>Base64 of 16 bytes.</summary>
    public string? Iv { get; init; }
}

internal sealed class PhoneRequestValidator : AbstractValidator<PhoneRequest>
{
    private static readonly LocalizedText OneForm = new(
        "code 与 encryptedData、iv 只能提供一种。", "Send either code or encryptedData and iv, not both.");

    public PhoneRequestValidator()
    {
        When(request => request is { EncryptedData: null, Iv: null }, () =>
            RuleFor(request => request.Code).Cascade(CascadeMode.Stop).Required().VisibleAscii(1, 256))
        .Otherwise(() =>
        {
            RuleFor(request => request.Code).Null().Says(OneForm);
            RuleFor(request => request.EncryptedData).Required();
            RuleFor(request => request.Iv).Required();
        });
    }
}
