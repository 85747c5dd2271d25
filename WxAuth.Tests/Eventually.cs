namespace WxAuth.Tests;

/// <summary>
/// Waits for what another process (PostgreSQL, a library with a clock of its own) brings about in real time, which no fake clock moves.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the answer is yes; fails after <paramref name="within"/>.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> question, TimeSpan within, string what)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var start = TimeProvider.System.GetTimestamp();
        while (!await question())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < within, $"Not within {within}: {what}");
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }

        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, TimeSpan, string)"/>
    public static Task<TimeSpan> TrueAsync(Func<bool> question, TimeSpan within, string what) => TrueAsync(() => Task.FromResult(question()), within, what);
}
