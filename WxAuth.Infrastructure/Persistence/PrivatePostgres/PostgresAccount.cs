using System.Globalization;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Who the server runs as. initdb and postgres refuse root, so root hands them to an unprivileged user, and hands them the
/// cluster's folder as an open file descriptor (number <see cref="ClusterDescriptor"/>, named through /proc): the folders above
/// it need not be traversable for that user, so that a project under /root (mode 0700) works without loosening anything.
/// </summary>
/// <param name="Owner">Numeric <c>uid:gid</c> that the cluster's files belong to; <c>null</c>: we are no root and simply are the owner.</param>
/// <param name="Prefix">What goes before a command to run it as that user.</param>
internal sealed record PostgresAccount(string? Owner, IReadOnlyList<string> Prefix)
{
    /// <summary>The descriptor under which the scripts of <see cref="PostgresSupervisor"/> open the cluster's folder.</summary>
    public const int ClusterDescriptor = 7;

    /// <summary>How the server is to call a file of the cluster in <paramref name="clusterFolder"/>.</summary>
    public string PathIn(string clusterFolder, string name) => Owner is null
        ? Path.Combine(clusterFolder, name)
        : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{ClusterDescriptor}/{name}");

    /// <summary>The account for a cluster: as root the user who owns it already, else <c>postgres</c>, else <c>nobody</c>.</summary>
    /// <exception cref="PrivatePostgresException">We are root, and there is no such user or no way to become it.</exception>
    public static async Task<PostgresAccount> FindAsync(ClusterFolder folder, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new PostgresAccount(null, []);
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new PrivatePostgresException(
                "PostgreSQL does not run as root: start as an ordinary user, or set ConnectionStrings:WxAuth.");
        }

        var (owner, name) = await ReadOwnerAsync(folder.Cluster, cancellationToken) ?? await ReadUserAsync(cancellationToken);
        var ids = owner.Split(':');
        string[][] ways =
        [
            ["setpriv", $"--reuid={ids[0]}", $"--regid={ids[1]}", "--clear-groups", "--"],
            .. name is null ? Array.Empty<string[]>() : [["runuser", "-u", name, "--"]],
        ];
        foreach (var way in ways)
        {
            // Tried, not only looked for: busybox has a setpriv that cannot change the user.
            var (exitCode, _) = await CommandRunner.RunAsync("/bin/sh", ["-c", "cd / && exec \"$@\"", "sh", .. way, "true"], cancellationToken);
            if (exitCode == 0)
            {
                return new PostgresAccount(owner, way);
            }
        }

        throw new PrivatePostgresException(
            "PostgreSQL does not run as root, and neither setpriv nor runuser could change to an unprivileged user: install util-linux, start as an ordinary user, or set ConnectionStrings:WxAuth.");
    }

    /// <summary>Gives a folder and all in it to the account.</summary>
    public async Task TakeOverAsync(string path, CancellationToken cancellationToken)
    {
        if (Owner is null)
        {
            return;
        }

        var (exitCode, output) = await CommandRunner.RunAsync("chown", ["-R", Owner, path], cancellationToken);
        if (exitCode != 0)
        {
            throw new PrivatePostgresException($"The ownership of {path} could not be changed.\n{output}");
        }
    }

    private static async Task<(string Owner, string? Name)?> ReadOwnerAsync(string path, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            return null;
        }

        var (exitCode, output) = await CommandRunner.RunAsync("stat", ["-c", "%u:%g %U", path], cancellationToken);
        var fields = output.Split(' ', StringSplitOptions.TrimEntries);
        // A copy made by root belongs to root: nobody's choice, so it is given to the usual user again.
        return exitCode != 0 || fields[0].StartsWith("0:", StringComparison.Ordinal)
            ? null
            : (fields[0], string.Equals(fields[1], "UNKNOWN", StringComparison.Ordinal) ? null : fields[1]);
    }

    private static async Task<(string Owner, string? Name)> ReadUserAsync(CancellationToken cancellationToken)
    {
        var users = (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken)).Select(line => line.Split(':')).ToList();
        var user = users.Find(fields => fields is ["postgres", ..]) ?? users.Find(fields => fields is ["nobody", ..]);
        return user is [var name, _, var uid, var gid, ..]
            ? ($"{uid}:{gid}", name)
            : throw new PrivatePostgresException(
                "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody: start as an ordinary user, or set ConnectionStrings:WxAuth.");
    }
}
