using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using WxAuth.Infrastructure.Persistence;

/// <summary>
/// Another process that uses a private cluster: this assembly once more, in which the runtime calls this class before Main
/// (DOTNET_STARTUP_HOOKS; the name and the missing namespace are its rule). It says how to connect, stays until its standard
/// input ends, and leaves.
/// </summary>
#pragma warning disable MA0047, CA1050 // The runtime looks for a class of this name outside any namespace.
internal static class StartupHook
#pragma warning restore MA0047, CA1050
{
    public const string Directory = "WXAUTH_TEST_POSTGRES_DIRECTORY";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Directory) is { } directory)
        {
            Environment.Exit(RunAsync(directory).GetAwaiter().GetResult());
        }
    }

    private static async Task<int> RunAsync(string directory)
    {
        try
        {
            await using var postgres = await PrivatePostgres.StartAsync(
                new PrivatePostgresOptions(directory) { Durable = false }, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
            await Console.Out.WriteLineAsync(postgres.ConnectionString);
            await Console.In.ReadToEndAsync();
            return 0;
        }
        catch (PrivatePostgresException exception)
        {
            await Console.Out.WriteLineAsync($"refused: {exception.Message}");
            return 1;
        }
    }
}

namespace WxAuth.Tests.Persistence
{
    /// <summary>The other process, seen from the test.</summary>
    internal sealed class PrivatePostgresUser : IDisposable
    {
        private readonly Process _process;

        private PrivatePostgresUser(Process process) => _process = process;

        /// <summary>The connection string, or <c>refused: </c> and why; empty before it is known.</summary>
        public string FirstLine { get; private set; } = "";

        /// <summary>Starts the process and waits until it uses the cluster.</summary>
        /// <param name="directory">The cluster's folder.</param>
        /// <param name="cancellationToken">The test's.</param>
        /// <param name="programs">A folder with a copy of this assembly; <c>null</c>: where it is.</param>
        /// <param name="prefix">What goes before the command, to become another user.</param>
        public static async Task<PrivatePostgresUser> StartAsync(
            string directory, CancellationToken cancellationToken, string? programs = null, params string[] prefix)
        {
            var user = Begin(directory, programs, prefix);
            user.FirstLine = await user._process.StandardOutput.ReadLineAsync(cancellationToken) ?? "ended without a word";
            return user;
        }

        /// <summary>Starts the process and waits for nothing.</summary>
        public static PrivatePostgresUser Begin(string directory, string? programs = null, params string[] prefix)
        {
            var assembly = Path.Combine(programs ?? AppContext.BaseDirectory, Path.GetFileName(typeof(StartupHook).Assembly.Location));
            string[] command = [.. prefix, DotNet(), "exec", assembly];
            var start = new ProcessStartInfo(command[0], command[1..])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                WorkingDirectory = "/",
            };
            start.Environment["DOTNET_STARTUP_HOOKS"] = assembly;
            start.Environment[StartupHook.Directory] = directory;
            return new PrivatePostgresUser(Process.Start(start)!);
        }

        /// <summary>As kill -9 would.</summary>
        public async Task KillAsync(CancellationToken cancellationToken)
        {
            _process.Kill();
            await _process.WaitForExitAsync(cancellationToken);
        }

        /// <summary>Lets it leave in peace.</summary>
        public async Task<int> LeaveAsync(CancellationToken cancellationToken)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(cancellationToken);
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }

        private static string DotNet() =>
            Path.GetFileName(Environment.ProcessPath) is "dotnet"
                ? Environment.ProcessPath!
                : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));
    }
}
