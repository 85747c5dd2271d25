using System.Text;

namespace WxAuth.Domain.Accounts;

/// <summary>What user names, passwords and roles may look like.</summary>
public static class AccountRules
{
    /// <summary>The shortest user name.</summary>
    public const int MinUserName = 3;

    /// <summary>The longest user name.</summary>
    public const int MaxUserName = 64;

    /// <summary>The shortest password of a new account, in code points. At login any length from 1 is compared.</summary>
    public const int MinPassword = 8;

    /// <summary>The longest password, in code points.</summary>
    public const int MaxPassword = 128;

    /// <summary>The most roles a user may have.</summary>
    public const int MaxRoles = 20;

    private const int MaxRole = 32;

    /// <summary>Whether all characters are letters, digits, <c>.</c>, <c>_</c>, <c>-</c> or <c>@</c> of ASCII.</summary>
    public static bool HasUserNameCharacters(string text) => text.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '_' or '-' or '@');

    /// <summary>Whether the password is no more of a secret than the user name.</summary>
    public static bool IsUserName(string password, string userName) => string.Equals(password, userName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a role is 1 to 32 of <c>a-z0-9_-</c>.</summary>
    public static bool IsRole(string? role) => role is { Length: >= 1 and <= MaxRole }
        && role.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign is '_' or '-');

    /// <summary>Roles without doubles, in the order in which they were first named.</summary>
    public static string[] Fold(IEnumerable<string> roles) => [.. roles.Distinct(StringComparer.Ordinal)];

    /// <summary>The number of Unicode code points.</summary>
    public static int CountCodePoints(string text)
    {
        var count = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
