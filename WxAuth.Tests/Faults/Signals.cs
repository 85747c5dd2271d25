using System.Globalization;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Faults;

/// <summary>Signals to processes that the tests started, by their numbers.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, IReadOnlyCollection<int> processes)
    {
        // One of them may end by itself in the meantime: no fault.
        await CommandRunner.RunAsync(
            "/bin/sh",
            ["-c", "kill -s \"$@\"", "sh", signal, .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))],
            CancellationToken.None);
    }

    /// <summary>The processes whose parent is that one (proc(5)).</summary>
    public static IEnumerable<int> ChildrenOf(int process)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ParentOf(id) == process)
            {
                yield return id;
            }
        }
    }

    private static int? ParentOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // it has ended since it was listed
        }
    }
}

/// <summary>Waits for what another process does, which tells nobody when it is done.</summary>
internal static class Eventually
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    public static Task TrueAsync(Func<bool> condition, TimeSpan limit, string what, CancellationToken cancellationToken) =>
        TrueAsync(() => Task.FromResult(condition()), limit, what, cancellationToken);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, string what, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < limit, $"Not within {limit.TotalSeconds} s: {what}");
            await Task.Delay(LookAgain, TimeProvider.System, cancellationToken);
        }
    }
}
