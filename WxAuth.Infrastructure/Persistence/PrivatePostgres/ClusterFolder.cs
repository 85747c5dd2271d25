using System.Runtime.Versioning;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>What lies where in the folder of a private cluster.</summary>
/// <param name="directory">The folder, absolute or relative to the working directory.</param>
internal sealed class ClusterFolder(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Root { get; } = Path.GetFullPath(directory);

    /// <summary>Data and password. It is there as a whole or not at all: it is made as <see cref="Unfinished"/> and renamed.</summary>
    public string Cluster => Path.Combine(Root, "cluster");

    /// <summary>A cluster in the making; after a kill -9 in the middle of initdb, a half-made one.</summary>
    public string Unfinished => Path.Combine(Root, "cluster.new");

    public string Password => Path.Combine(Cluster, PasswordName);

    public string PostmasterPid => Path.Combine(Cluster, DataName, "postmaster.pid");

    public string Version => Path.Combine(Cluster, DataName, "PG_VERSION");

    /// <summary>The port of the last start; kept, so that who was connected before a crash finds the server again.</summary>
    public string Port => Path.Combine(Root, "port");

    public string Log => Path.Combine(Root, "postgres.log");

    /// <summary>Held by whoever is starting, joining or leaving: one at a time.</summary>
    public string StartLock => Path.Combine(Root, "start.lock");

    /// <summary>Shared by all who use the server; the supervisor waits for it and then stops the server.</summary>
    public string UsersLock => Path.Combine(Root, "users.lock");

    /// <summary>Held by the supervisor for as long as it lives.</summary>
    public string SupervisorLock => Path.Combine(Root, "supervisor.lock");

    /// <summary>Held by every process of the server itself (they inherit it), and by initdb.</summary>
    public string ServerLock => Path.Combine(Root, "server.lock");

    public static string DataName => "data";

    public static string PasswordName => "password";

    /// <summary>Makes the folder, for its owner alone: the server gets at the data by another way (see <see cref="PostgresAccount"/>).</summary>
    [UnsupportedOSPlatform("windows")]
    public void Create() => Directory.CreateDirectory(Root, OwnerOnly);

    /// <summary>Makes <see cref="Unfinished"/> anew and empty.</summary>
    [UnsupportedOSPlatform("windows")]
    public void CreateUnfinished()
    {
        if (Directory.Exists(Unfinished))
        {
            Directory.Delete(Unfinished, recursive: true);
        }

        Directory.CreateDirectory(Unfinished, OwnerOnly);
    }

    /// <summary>The end of the server's log, or an empty text.</summary>
    public string ReadLogEnd(int lines) =>
        File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(lines)) : "";
}
