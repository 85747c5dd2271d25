using System.Diagnostics;
using System.Globalization;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>What is left of a server (or an initdb) whose supervisor was killed: nothing else would ever stop it.</summary>
internal static class LeftoverServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Stops it. To be called only while nobody holds <see cref="ClusterFolder.SupervisorLock"/>.</summary>
    /// <returns>Whether there was anything to stop.</returns>
    /// <exception cref="PrivatePostgresException">It does not end.</exception>
    public static async Task<bool> StopAsync(ClusterFolder folder, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (!FolderLock.IsHeld(folder.ServerLock))
        {
            return false;
        }

        // Without a postmaster its other processes end by themselves, and so does initdb.
        if (await FindPostmasterAsync(folder, cancellationToken) is { } processId)
        {
            await PostgresSupervisor.InterruptAsync(processId, cancellationToken);
        }

        return await FolderLock.WaitUntilFreeAsync(folder.ServerLock, Patience, timeProvider, cancellationToken)
            ? true
            : throw new PrivatePostgresException($"Processes of an earlier PostgreSQL server still use {folder.Root}: end them.");
    }

    private static async Task<string?> FindPostmasterAsync(ClusterFolder folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(folder.PostmasterPid)
            || (await File.ReadAllLinesAsync(folder.PostmasterPid, cancellationToken)) is not [var line, ..]
            || !int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var processId))
        {
            return null;
        }

        try
        {
            // The postmaster may have been killed and its number given to another program.
            using var process = Process.GetProcessById(processId);
            return process.ProcessName is "postgres" ? line : null;
        }
        catch (ArgumentException)
        {
            // No such process.
            return null;
        }
    }
}
