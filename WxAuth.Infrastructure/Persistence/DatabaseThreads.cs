using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Threads that are there when PostgreSQL hangs.</summary>
public static class DatabaseThreads
{
    // For everything that does not wait for the database.
    private const int Others = 8;

    /// <summary>
    /// Lets the thread pool have a thread for each connection of Npgsql's pool at once, and some more. Npgsql cancels a command by a
    /// connection that it opens synchronously, on a thread of the pool, for as long as <c>Timeout</c> and <c>Cancellation Timeout</c>; where
    /// PostgreSQL hangs, it does so for all connections together. Beyond its minimum, which is the number of processors, the pool gets one
    /// or two threads a second, and until then nothing else runs: not even <c>/health/live</c>.
    /// </summary>
    /// <param name="connectionString">Npgsql's format.</param>
    public static void Reserve(string connectionString)
    {
        var pool = new NpgsqlConnectionStringBuilder(WxAuthConnectionString.WithDefaults(connectionString)).MaxPoolSize;
        ThreadPool.GetMinThreads(out var workers, out var completionPorts);
        ThreadPool.SetMinThreads(Math.Max(workers, pool + Others), completionPorts);
    }
}
