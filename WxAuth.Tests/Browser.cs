using System.Collections.Concurrent;
using Microsoft.Playwright;
using WxAuth.Tests;

[assembly: AssemblyFixture(typeof(Browser))]

namespace WxAuth.Tests;

/// <summary>How a browser looks at a page. Sizes are CSS pixels.</summary>
public sealed record BrowserSettings(string Locale = "zh-CN", int Width = 1280, int Height = 860, bool Dark = false);

/// <summary>
/// The system's Chromium, headless, driven by Playwright: started by the first test of a run that needs it, shared by all,
/// with a context of its own (cookies, cache, language, size) for every visit. Playwright's driver comes with its package, so
/// nothing is downloaded. A test class takes it as a constructor parameter.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] UsualPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // No sandbox: CI runs as root, and only our own pages are opened. The rest keeps the browser from calling anybody.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly Lazy<Task<Running>> _running = new(StartAsync);

    /// <summary>
    /// Opens the page, runs the story, and fails if the page then has reported an error: an uncaught exception, a line at error
    /// level in the console (a breach of the Content-Security-Policy is one), or a failed request that the story had not
    /// announced by <see cref="BrowserVisit.Expect"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">No Chromium is installed.</exception>
    public async Task VisitAsync(Uri url, Func<BrowserVisit, Task> story, BrowserSettings? settings = null)
    {
        settings ??= new BrowserSettings();
        var running = await _running.Value;
        await using var context = await running.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            Locale = settings.Locale,
            ViewportSize = new ViewportSize { Width = settings.Width, Height = settings.Height },
            ColorScheme = settings.Dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        context.SetDefaultTimeout(15_000);

        var visit = new BrowserVisit(await context.NewPageAsync());
        await visit.Page.GotoAsync(url.AbsoluteUri);
        await story(visit);
        // What the page has reported so far arrives before the answer to this.
        await visit.Page.EvaluateAsync("0");
        Assert.Empty(visit.Faults);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_running.IsValueCreated)
        {
            var running = await _running.Value;
            await running.Browser.DisposeAsync();
            running.Playwright.Dispose();
        }
    }

    private static async Task<Running> StartAsync()
    {
        var path = new[] { Environment.GetEnvironmentVariable("CHROMIUM_PATH") }.Concat(UsualPaths).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "The browser tests need Chromium: install it (Debian: apt-get install chromium), or name its executable in CHROMIUM_PATH.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = Arguments });
        return new Running(playwright, browser);
    }

    private sealed record Running(IPlaywright Playwright, IBrowser Browser);
}

/// <summary>One page, open in a context of its own.</summary>
public sealed class BrowserVisit
{
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly List<(int Status, string Path)> _expected = [];

    internal BrowserVisit(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                _errors.Enqueue($"{message.Text} at {message.Location}");
            }
        };
    }

    /// <summary>The page itself.</summary>
    public IPage Page { get; }

    /// <summary>What the page has reported beyond what was announced, and what was announced and did not happen.</summary>
    internal IReadOnlyList<string> Faults
    {
        get
        {
            var errors = _errors.ToArray();
            return
            [
                .. errors.Where(error => !_expected.Any(expected => Matches(error, expected))),
                .. _expected.Where(expected => !errors.Any(error => Matches(error, expected)))
                    .Select(expected => $"No request under {expected.Path} failed with {expected.Status}."),
            ];
        }
    }

    /// <summary>
    /// Announces that a request is going to fail: the browser writes each one to the console as an error. It has to happen,
    /// once or more.
    /// </summary>
    public void Expect(int status, string path) => _expected.Add((status, path));

    private static bool Matches(string error, (int Status, string Path) expected) =>
        error.StartsWith("Failed to load resource", StringComparison.Ordinal)
        && error.Contains($"status of {expected.Status} ", StringComparison.Ordinal)
        && error.Contains(expected.Path, StringComparison.Ordinal);
}
