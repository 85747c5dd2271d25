using WxAuth.Domain.Accounts;

namespace WxAuth.Api.Accounts;

/// <summary>The arguments of <c>create-account --user-name NAME [--role ROLE ...]</c> and the password of its standard input.</summary>
/// <param name="UserName">3 to 64 characters.</param>
/// <param name="Roles">Without doubles.</param>
/// <param name="Password">8 to 128 code points.</param>
internal sealed record CreateAccountCommand(string UserName, IReadOnlyList<string> Roles, string Password)
{
    private const string UserNameOption = "--user-name";
    private const string RoleOption = "--role";

    /// <summary>Without the password: a record writes its members by itself.</summary>
    public override string ToString() => nameof(CreateAccountCommand);

    /// <summary>Reads and checks them.</summary>
    /// <param name="arguments">After the verb.</param>
    /// <param name="input">Its first line is the password.</param>
    /// <param name="error">One line for each fault.</param>
    /// <returns><c>null</c> where there is a fault.</returns>
    public static CreateAccountCommand? Read(IReadOnlyList<string> arguments, TextReader input, TextWriter error)
    {
        var faults = new List<string>();
        var userNames = new List<string>();
        var roles = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i], null);
            value ??= i + 1 < arguments.Count ? arguments[++i] : null;
            switch (name)
            {
                case UserNameOption or RoleOption when value is null:
                    faults.Add($"{name}: has no value.");
                    break;
                case UserNameOption:
                    userNames.Add(value!);
                    break;
                case RoleOption:
                    roles.Add(value!);
                    break;
                // Settings of the host and of the configuration are read by those.
                case "--environment" or "--contentRoot":
                case var setting when setting.StartsWith("--", StringComparison.Ordinal) && setting.Contains(':', StringComparison.Ordinal):
                    break;
                default:
                    faults.Add($"{name}: is no option; write create-account --user-name NAME --role ROLE, and the password on standard input.");
                    break;
            }
        }

        if (userNames.Count != 1)
        {
            faults.Add($"{UserNameOption}: write it once, with the name of the account.");
        }

        var userName = userNames.FirstOrDefault() ?? "";
        var password = input.ReadLine() ?? "";
        faults.AddRange(UserNameFaults(userNames));
        faults.AddRange(roles.Where(role => !AccountRules.IsRole(role))
            .Select(role => $"{RoleOption}: {role} is no role; write 1 to 32 of a-z, 0-9, _ and -."));
        var folded = AccountRules.Fold(roles);
        if (folded.Length > AccountRules.MaxRoles)
        {
            faults.Add($"{RoleOption}: at most {AccountRules.MaxRoles} roles are allowed.");
        }

        faults.AddRange(PasswordFaults(password, userName));
        foreach (var fault in faults)
        {
            error.WriteLine(fault);
        }

        return faults.Count == 0 ? new CreateAccountCommand(userName, folded, password) : null;
    }

    private static IEnumerable<string> UserNameFaults(IEnumerable<string> userNames) => userNames
        .Where(name => name.Length is < AccountRules.MinUserName or > AccountRules.MaxUserName || !AccountRules.HasUserNameCharacters(name))
        .Select(_ => $"{UserNameOption}: write {AccountRules.MinUserName} to {AccountRules.MaxUserName} letters, digits and . _ - @");

    // The password itself is never shown.
    private static IEnumerable<string> PasswordFaults(string password, string userName)
    {
        if (AccountRules.CountCodePoints(password) is < AccountRules.MinPassword or > AccountRules.MaxPassword)
        {
            yield return $"password: the first line of standard input must have {AccountRules.MinPassword} to {AccountRules.MaxPassword} characters.";
        }
        else if (password.Contains('\0', StringComparison.Ordinal))
        {
            yield return "password: must not contain the character U+0000.";
        }
        else if (AccountRules.IsUserName(password, userName))
        {
            yield return "password: must not be the user name.";
        }
    }
}
