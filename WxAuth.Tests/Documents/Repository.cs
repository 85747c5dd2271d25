namespace WxAuth.Tests.Documents;

/// <summary>The sources that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["node_modules", "bin", "obj", ".git", ".wxauth", "artifacts", "TestResults"];

    /// <summary>The folder of WxAuth.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Every Markdown file, as a path under the root.</summary>
    public static IEnumerable<string> MarkdownFiles() => Under(new DirectoryInfo(Root)).Select(file => Path.GetRelativePath(Root, file.FullName));

    private static IEnumerable<FileInfo> Under(DirectoryInfo folder) =>
        folder.EnumerateFiles("*.md").Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name, StringComparer.Ordinal)).SelectMany(Under));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "WxAuth.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests do not run from within the repository.");
    }
}
