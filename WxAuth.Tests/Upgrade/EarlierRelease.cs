using System.Formats.Tar;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Tests.Documents;
using WxAuth.Tests.Faults;

namespace WxAuth.Tests.Upgrade;

/// <summary>
/// The release that this one replaces, built from the repository's history. The program is kept, so that only the first run takes the time.
/// </summary>
internal static class EarlierRelease
{
    /// <summary>Its commit. It moves on when a release has been made: nodes of the one before the last are gone by then.</summary>
    private const string Commit = "ce9c734fea880af1a52d02f3b7a0242af4bc4762";

    private static readonly string Artifacts = Path.Combine(Repository.Root, "artifacts", "earlier-release");
    private static readonly Lazy<Task<string>> Built = new(BuildAsync);

    /// <summary>Builds it unless it is there.</summary>
    /// <returns>The path of its <c>WxAuth.Api.dll</c>.</returns>
    public static Task<string> ProgramAsync() => Built.Value;

    private static async Task<string> BuildAsync()
    {
        var folder = Path.Combine(Artifacts, Commit);
        var program = Path.Combine(folder, "WxAuth.Api.dll");
        if (File.Exists(program))
        {
            return program;
        }

        var (exitCode, reason) = await RunAsync("git", "-C", Repository.Root, "cat-file", "-e", $"{Commit}^{{commit}}");
        Assert.True(
            exitCode == 0,
            "The release before this one is to run beside it, and the history here lacks its commit "
            + $"{Commit}: fetch it whole (git fetch --unshallow). {reason}");
        var work = Path.Combine(Artifacts, $"{Commit}-{Environment.ProcessId}");
        var archive = Path.Combine(work, "sources.tar");
        var sources = Path.Combine(work, "sources");
        var published = Path.Combine(work, "published");
        Directory.CreateDirectory(sources);
        try
        {
            await MustRunAsync("git", "-C", Repository.Root, "archive", "--output", archive, Commit);
            await TarFile.ExtractToDirectoryAsync(archive, sources, overwriteFiles: false);
            // No analyzers: it has passed them. No build server: it would outlive the test with the ends of its pipes.
            await MustRunAsync(
                ApiProcess.DotNet, "publish", Path.Combine(sources, "WxAuth.Api"), "-c", "Release", "-o", published,
                "-v", "quiet", "--nologo", "--disable-build-servers", "-p:RunAnalyzers=false");
            Directory.Move(published, folder);
        }
        catch (IOException) when (File.Exists(program))
        {
            // Another run was first; its program is the same.
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return program;
    }

    private static async Task MustRunAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} {arguments[0]} for the release before ended with {exitCode}: {output}");
    }

    // The build is every test's: none of them may cancel it.
    private static Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments) =>
        CommandRunner.RunAsync(program, arguments, CancellationToken.None);
}
