namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Locks of the operating system (flock) on the files of a <see cref="ClusterFolder"/>. The kernel lets go of them when their
/// process dies, however it dies, so that nothing is left behind by a kill -9; and .NET opens files close-on-exec, so that no
/// child inherits them.
/// </summary>
internal static class FolderLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes the lock for this holder alone; <c>null</c> where anybody else holds it.</summary>
    public static FileStream? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Takes the lock beside other sharers; <c>null</c> where somebody holds it alone.</summary>
    public static FileStream? TryShared(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Whether somebody holds the lock at this moment.</summary>
    public static bool IsHeld(string path)
    {
        using var probe = TryExclusive(path);
        return probe is null;
    }

    /// <summary>Waits until <paramref name="attempt"/> yields something.</summary>
    /// <returns>What it yielded, or <c>null</c> once <paramref name="limit"/> has passed.</returns>
    public static async Task<T?> WaitAsync<T>(
        Func<T?> attempt, TimeSpan limit, TimeProvider timeProvider, CancellationToken cancellationToken)
        where T : class
    {
        var start = timeProvider.GetTimestamp();
        while (true)
        {
            if (attempt() is { } result)
            {
                return result;
            }

            if (timeProvider.GetElapsedTime(start) > limit)
            {
                return null;
            }

            // flock has no wait that could be cancelled.
            await Task.Delay(Pause, timeProvider, cancellationToken);
        }
    }

    /// <summary>Waits until nobody holds the lock.</summary>
    /// <returns><c>false</c> once <paramref name="limit"/> has passed.</returns>
    public static async Task<bool> WaitUntilFreeAsync(
        string path, TimeSpan limit, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var held = await WaitAsync(() => TryExclusive(path), limit, timeProvider, cancellationToken);
        return held is not null;
    }

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = access,
                Share = share,
                BufferSize = 0,
            });
        }
        catch (IOException exception) when (exception.HResult is 11 or 35)
        {
            // EWOULDBLOCK, on Linux and on BSD and macOS: the one refusal that means "held by somebody else".
            return null;
        }
    }
}
