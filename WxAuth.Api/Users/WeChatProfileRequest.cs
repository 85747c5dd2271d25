using FluentValidation;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Users;

/// <summary>What wx.getUserInfo gave, as it came: a changed character breaks the signature.</summary>
public sealed record WeChatProfileRequest
{
    /// <summary>Base64.</summary>
    /// <example>CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142d</example>
    public string? EncryptedData { get; init; }

    /// <summary>Base64 of 16 bytes.</summary>
    /// <example>r7BXXKkLb8qrSNn05n0qiA==</example>
    public string? Iv { get; init; }

    /// <summary>The text that the signature is over; together with <c>signature</c> or not at all.</summary>
    public string? RawData { get; init; }

    /// <summary>Hex SHA-1 of rawData and the session_key; together with <c>rawData</c> or not at all.</summary>
    /// <example>75e81ceda165f4ffa64f4068af58c64b8f54b88c</example>
    public string? Signature { get; init; }
}

internal sealed class WeChatProfileRequestValidator : AbstractValidator<WeChatProfileRequest>
{
    public WeChatProfileRequestValidator()
    {
        RuleFor(request => request.EncryptedData).Required();
        RuleFor(request => request.Iv).Required();
        RuleFor(request => request.RawData).NotNull().Says(ValidationTexts.Required).When(request => request.Signature is not null);
        RuleFor(request => request.Signature).NotNull().Says(ValidationTexts.Required).When(request => request.RawData is not null);
    }
}
