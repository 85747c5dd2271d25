using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace WxAuth.Tests.Faults;

/// <summary>The program as it is deployed: a process of its own in Production, driven by environment, signals and HTTP.</summary>
internal sealed partial class ApiProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private ApiProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The command <c>dotnet</c> of the runtime that runs the tests.</summary>
    public static string DotNet { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A client without credentials.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>The lines of standard output: the log.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>The lines of standard error.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public int Threads => StatusField("Threads");

    public int ResidentMegabytes => StatusField("VmRSS") / 1024;

    /// <summary>Open files, sockets included.</summary>
    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    private static string ProgramUnderTest { get; } = Path.Combine(AppContext.BaseDirectory, "WxAuth.Api.dll");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <param name="environment">Its settings.</param>
    /// <param name="program">The path of its <c>WxAuth.Api.dll</c>; by default the one beside the tests.</param>
    public static async Task<ApiProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> environment, string? program = null)
    {
        var api = Begin(program ?? ProgramUnderTest, environment);
        try
        {
            await Eventually.TrueAsync(() => api.Listens(), TimeSpan.FromSeconds(60), "the program listens", Ct);
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }

        return api;
    }

    /// <summary>Starts the program and waits for nothing.</summary>
    public static ApiProcess Begin(IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments) =>
        Begin(ProgramUnderTest, environment, arguments);

    private static ApiProcess Begin(string program, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(DotNet, [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ApiProcess(Process.Start(start)!);
    }

    /// <summary>The status of a path; <c>null</c>: nobody listens.</summary>
    public async Task<HttpStatusCode?> StatusAsync(string path)
    {
        try
        {
            using var response = await Client.GetAsync(path, Ct);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public Task ReadyAsync() => Eventually.TrueAsync(
        async () => await StatusAsync("health/ready") == HttpStatusCode.OK, TimeSpan.FromSeconds(40), "the node is ready", Ct);

    /// <summary>Asks it to stop, as systemd and containers do.</summary>
    public Task TerminateAsync() => Signals.SendAsync("TERM", [_process.Id]);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(Ct);
        return _process.ExitCode;
    }

    /// <summary>As kill -9 would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        Client?.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    private bool Listens()
    {
        Assert.False(_process.HasExited, $"The program has ended: {string.Join('\n', _errors)}\n{string.Join('\n', _output)}");
        if (_output.Select(line => ListeningOn().Match(line)).FirstOrDefault(match => match.Success) is not { } found)
        {
            return false;
        }

        Address = new Uri(found.Groups["address"].Value);
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        return true;
    }

    private int StatusField(string name) =>
        int.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(':', '\t', ' ')
            .First(part => part.Length > 0 && char.IsAsciiDigit(part[0])), CultureInfo.InvariantCulture);

    [GeneratedRegex("Now listening on: (?<address>http://[0-9.:]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningOn();
}
