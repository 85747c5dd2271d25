using FluentValidation;
using WxAuth.Api.Problems;
using WxAuth.Domain.Accounts;

namespace WxAuth.Api.Accounts;

/// <summary>The rules of user names, passwords and roles, with their messages.</summary>
internal static class AccountValidation
{
    /// <summary>3 to 64 letters, digits and <c>. _ - @</c>.</summary>
    public static void UserName<T>(this IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .Required()
        .CodePoints(AccountRules.MinUserName, AccountRules.MaxUserName)
        .Must(name => AccountRules.HasUserNameCharacters(name!)).Says(ValidationTexts.UserName);

    /// <summary>What is compared: 1 to 128 code points, since older passwords may be shorter than new ones.</summary>
    public static void GivenPassword<T>(this IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .Required()
        .CodePoints(1, AccountRules.MaxPassword)
        .NoNul();

    /// <summary>What is kept: 8 to 128 code points, not the user name.</summary>
    public static void NewPassword<T>(this IRuleBuilderInitial<T, string?> rule, Func<T, string?> userName) => rule.Cascade(CascadeMode.Stop)
        .Required()
        .CodePoints(AccountRules.MinPassword, AccountRules.MaxPassword)
        .NoNul()
        .Must((request, password) => userName(request) is not { } name || !AccountRules.IsUserName(password!, name))
        .Says(ValidationTexts.PasswordIsUserName);

    /// <summary>At most 20 different ones; an empty list is one.</summary>
    public static void Roles<T>(this IRuleBuilderInitial<T, IReadOnlyList<string?>?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotNull().Says(ValidationTexts.Required)
        .Must(roles => roles!.All(AccountRules.IsRole)).Says(ValidationTexts.Role)
        .Must(roles => roles!.Distinct(StringComparer.Ordinal).Count() <= AccountRules.MaxRoles).Says(ValidationTexts.AtMost(AccountRules.MaxRoles));
}
