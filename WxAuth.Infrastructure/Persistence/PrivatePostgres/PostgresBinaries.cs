using System.Globalization;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>PostgreSQL's server programs on this machine.</summary>
/// <param name="Folder">The folder with initdb and postgres, symbolic links resolved.</param>
/// <param name="Major">The major version, such as 17.</param>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    public string InitDb => Path.Combine(Folder, "initdb");

    public string Postgres => Path.Combine(Folder, "postgres");

    /// <summary>Finds the programs: the first on PATH, else the newest that a package has put somewhere.</summary>
    /// <param name="folders">Where to look instead; <c>null</c>: the places above.</param>
    /// <param name="major">The version that existing data was made by; <c>null</c>: any.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="PrivatePostgresException">There are none, or none of that version.</exception>
    public static async Task<PostgresBinaries> FindAsync(
        IReadOnlyList<string>? folders, int? major, CancellationToken cancellationToken)
    {
        PostgresBinaries? other = null;
        foreach (var folder in (folders ?? DefaultFolders()).Select(Resolve).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (await ReadMajorAsync(folder, cancellationToken) is not { } found)
            {
                continue;
            }

            if (major is null || found == major)
            {
                return new PostgresBinaries(folder, found);
            }

            other ??= new PostgresBinaries(folder, found);
        }

        throw new PrivatePostgresException(other is null
            ? "PostgreSQL's server programs (initdb, postgres) were not found: install them, e.g. apt-get install postgresql, or set ConnectionStrings:WxAuth."
            : $"The private database was made by PostgreSQL {major}, but only {other.Major} was found: install PostgreSQL {major}, or remove the folder to begin anew, or set ConnectionStrings:WxAuth.");
    }

    private static IEnumerable<string> DefaultFolders() =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        .. Versioned("/usr/lib/postgresql", "*", "bin"),                        // Debian, Ubuntu
        .. Versioned("/usr", "pgsql-*", "bin"),                                 // Fedora, RHEL from postgresql.org
        .. Versioned("/usr/libexec", "postgresql*", ""),                        // Alpine
        .. Versioned("/opt/homebrew/opt", "postgresql*", "bin"),                // Homebrew on Apple silicon
        .. Versioned("/usr/local/opt", "postgresql*", "bin"),                   // Homebrew on Intel
        .. Versioned("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        "/usr/local/pgsql/bin",                                                 // built from source
    ];

    private static IEnumerable<string> Versioned(string parent, string pattern, string below) =>
        Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder => LeadingNumber(Path.GetFileName(folder).AsSpan().TrimStart("postgrsql@-")))
                .Select(folder => Path.Combine(folder, below))
            : [];

    /// <summary>The folder that holds both programs, behind a link to initdb if need be.</summary>
    private static string? Resolve(string folder)
    {
        var initDb = new FileInfo(Path.Combine(folder, "initdb"));
        if (!initDb.Exists)
        {
            return null;
        }

        var home = Path.GetDirectoryName(initDb.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? initDb.FullName)!;
        return File.Exists(Path.Combine(home, "initdb")) && File.Exists(Path.Combine(home, "postgres")) ? home : null;
    }

    private static async Task<int?> ReadMajorAsync(string folder, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await CommandRunner.RunAsync(Path.Combine(folder, "postgres"), ["--version"], cancellationToken);
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        return exitCode == 0 && output.Split(' ') is [_, _, var version, ..] ? LeadingNumber(version) : null;
    }

    private static int? LeadingNumber(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
