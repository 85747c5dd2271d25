using System.Diagnostics;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// The shell scripts under which the programs of PostgreSQL run. The server has a small parent, the supervisor, which sleeps
/// until the last user of the folder is gone and then stops it. A user of the server cannot do that: it may be the victim of
/// a kill -9. The supervisor waits for the exclusive lock on <see cref="ClusterFolder.UsersLock"/>, which the kernel grants when
/// the last sharer is gone, and keeps it until the server has ended: nobody can join a server that is being stopped.
/// It leads a session of its own, so that Ctrl-C in the terminal does not reach the server before its users are done.
/// </summary>
internal static class PostgresSupervisor
{
    // flock(1) is part of util-linux; macOS has perl instead. Called in a subshell or in the background: it ends in an `exec`,
    // so that no shell stands between $! and the process that waits.
    private const string TakeLock = """
        take() {
            if command -v flock >/dev/null; then exec flock -x "$@"; fi
            exec perl -MFcntl=:flock -e 'open(F, "+<&=", $ARGV[-1]) && flock(F, LOCK_EX | (@ARGV > 1 ? LOCK_NB : 0)) or exit 1' -- "$@"
        }
        """;

    // $1: the folder, $2: the cluster in it, the rest: the command.
    private const string Open = """
        umask 077
        cd /
        exec 7<"$1/$2" 8<>"$1/server.lock" || exit 1
        """;

    private const string InitDbScript = $"""
        {TakeLock}
        {Open}
        (take -n 8) || exit 75
        shift 2
        exec "$@"
        """;

    // The server inherits descriptor 8 and with it server.lock, so that the lock says whether any process of the server lives,
    // even one that has lost its parents. A postmaster.pid that is left while the lock is free is stale; it must go, because
    // its number may be another process's by now, and then postgres would not start.
    private const string ServerScript = $$"""
        {{TakeLock}}
        {{Open}}
        exec 6<>"$1/supervisor.lock" 9<>"$1/users.lock" || exit 1
        (take -n 6) || exit 75
        (take -n 8) || exit 75
        pidfile=$1/$2/data/postmaster.pid
        rm -f "$pidfile"
        shift 2
        take 9 6>&- 7<&- 8>&- &
        users=$!
        { "$@"; kill "$users" 2>/dev/null; } 6>&- 9>&- &
        server=$!
        exec 7<&- 8>&-
        if wait "$users"; then
            until read -r pid <"$pidfile" && kill -INT "$pid"; do
                kill -0 "$server" || break
                sleep 0.1
            done 2>/dev/null
        fi
        wait "$server"
        """;

    private const string InNewSession = """
        if command -v setsid >/dev/null; then exec setsid "$@"; fi
        exec perl -MPOSIX=setsid -e 'setsid(); exec @ARGV' -- "$@"
        """;

    /// <summary>Runs initdb to its end, with the cluster in the making open for it.</summary>
    public static Task<(int ExitCode, string Output)> RunInitDbAsync(
        ClusterFolder folder, IEnumerable<string> command, CancellationToken cancellationToken) =>
        CommandRunner.RunAsync(
            "/bin/sh",
            ["-c", InitDbScript, "wxauth-initdb", folder.Root, Path.GetFileName(folder.Unfinished), .. command],
            cancellationToken);

    /// <summary>Starts the supervisor and under it the server. The process ends when the server has ended.</summary>
    public static Process Start(ClusterFolder folder, IEnumerable<string> command)
    {
        // All of it goes to the log: the terminal's streams must not be kept open by a server that outlives us for a moment.
        string[] script = ["-c", $"exec </dev/null >>\"$1/postgres.log\" 2>&1\n{ServerScript}", "wxauth-postgres"];
        return Process.Start(CommandRunner.Describe(
            "/bin/sh",
            ["-c", InNewSession, "sh", "/bin/sh", .. script, folder.Root, Path.GetFileName(folder.Cluster), .. command]))!;
    }

    /// <summary>Asks a postmaster for a fast shutdown: sessions are ended, data is written.</summary>
    public static Task InterruptAsync(string processId, CancellationToken cancellationToken) =>
        CommandRunner.RunAsync("/bin/sh", ["-c", "kill -INT \"$1\"", "sh", processId], cancellationToken);
}
