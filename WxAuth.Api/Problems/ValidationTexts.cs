namespace WxAuth.Api.Problems;

/// <summary>What can be wrong with a field, to be shown to a user.</summary>
public static class ValidationTexts
{
    public static readonly LocalizedText Required = new("此项为必填项。", "This is required.");
    public static readonly LocalizedText BadFormat = new("格式不正确。", "This is not in the right format.");
    public static readonly LocalizedText NoNul = new("不能包含空字符（U+0000）。", "This must not contain the character U+0000.");
    public static readonly LocalizedText VisibleAscii = new("只能包含可见的 ASCII 字符。", "Only visible ASCII characters are allowed.");
    public static readonly LocalizedText HttpsAddress = new("必须是 https 网址。", "This must be an https address.");
    public static readonly LocalizedText UserName = new(
        "只能包含字母、数字和 . _ - @。", "Only letters, digits and . _ - @ are allowed.");
    public static readonly LocalizedText Role = new(
        "角色名只能包含小写字母、数字、_ 和 -，最长 32 个字符。", "A role has 1 to 32 lower-case letters, digits, _ and -.");
    public static readonly LocalizedText PasswordIsUserName = new("密码不能与用户名相同。", "The password must not be the user name.");
    public static readonly LocalizedText Cursor = new("分页游标无效。", "This is not a cursor of ours.");

    /// <summary>A text outside its length, in characters as people count them (code points).</summary>
    public static LocalizedText Length(int minimum, int maximum) =>
        new($"长度须为 {minimum} 到 {maximum} 个字符。", $"This must have {minimum} to {maximum} characters.");

    /// <summary>A text or list above its length.</summary>
    public static LocalizedText AtMost(int maximum) => new($"最多 {maximum} 个。", $"At most {maximum} are allowed.");

    /// <summary>A number outside its range.</summary>
    public static LocalizedText Between(int minimum, int maximum) =>
        new($"须在 {minimum} 到 {maximum} 之间。", $"This must be between {minimum} and {maximum}.");
}
