using System.Diagnostics;
using System.Text;

namespace WxAuth.Tests.Client;

/// <summary>A program of the client's side, run to its end.</summary>
public static class ChildProcess
{
    /// <summary>The folder <c>miniprogram</c> of the repository.</summary>
    public static string MiniProgramFolder { get; } = Path.Combine(FindRepository(), "miniprogram");

    /// <summary>Runs it and asserts that it ends well.</summary>
    /// <returns>What it wrote, standard error included.</returns>
    public static async Task<string> RunAsync(
        string folder, IEnumerable<string> command, CancellationToken cancellationToken, params (string Name, string Value)[] environment)
    {
        var words = command.ToArray();
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // Node's own runner would take a run within a run for a part of its own.
        start.Environment.Remove("NODE_TEST_CONTEXT");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        var text = output.ToString();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)} ended with {process.ExitCode}\n{text}");
        return text;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "WxAuth.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No WxAuth.sln above {AppContext.BaseDirectory}.");
    }
}
