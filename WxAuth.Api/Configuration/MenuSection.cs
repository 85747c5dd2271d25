namespace WxAuth.Api.Configuration;

/// <summary><c>Menus</c>.</summary>
internal static class MenuSection
{
    public static IReadOnlyList<Menu> Read(ConfigurationReader reader)
    {
        var keys = new List<(string Key, string Value)>();
        var menus = ReadLevel(reader, "Menus", keys);
        reader.RefuseDoubled(keys);
        return menus;
    }

    private static Menu[] ReadLevel(ConfigurationReader reader, string level, List<(string Key, string Value)> keys) =>
        [.. reader.Entries(level).Select(entry => ReadMenu(reader, entry, keys))];

    private static Menu ReadMenu(ConfigurationReader reader, string entry, List<(string Key, string Value)> keys)
    {
        var key = reader.Required($"{entry}:Key", "a key of its own for the menu");
        keys.Add(($"{entry}:Key", key));
        return new Menu(
            key,
            reader.Required($"{entry}:Title", "the menu's title"),
            reader.Text($"{entry}:Path"),
            reader.Text($"{entry}:Icon"),
            [.. reader.Entries($"{entry}:Roles").Select(role => ReadRole(reader, role))],
            ReadLevel(reader, $"{entry}:Children", keys));
    }

    private static string ReadRole(ConfigurationReader reader, string key)
    {
        var role = reader.Text(key) ?? "";
        if (role.Length is 0 or > 32 || !role.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign is '_' or '-'))
        {
            reader.Fault(key, "is no role; write 1 to 32 of a-z, 0-9, _ and -.");
        }

        return role;
    }
}
