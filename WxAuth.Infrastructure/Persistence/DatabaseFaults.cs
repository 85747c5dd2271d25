using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Tells a database that cannot serve from a fault of ours.</summary>
public static class DatabaseFaults
{
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static readonly string[] UnavailableStates =
    [
        "08", // connection exception
        "28", // invalid authorization: the server is there, but not for us
        "53", // insufficient resources: too many connections, disk or memory full
        "55000", // the database takes no connections (ALLOW_CONNECTIONS false)
        "57P", // operator intervention: shutting down, crashed, starting up, database dropped
        "58", // system error: I/O
        PostgresErrorCodes.ReadOnlySqlTransaction, // a standby, during a failover
        PostgresErrorCodes.SerializationFailure,
        PostgresErrorCodes.DeadlockDetected,
        PostgresErrorCodes.LockNotAvailable,
        PostgresErrorCodes.QueryCanceled, // statement_timeout: a caller's cancel arrives as OperationCanceledException
        PostgresErrorCodes.InvalidCatalogName, // the database is not made yet
    ];

    private static readonly string[] UnmigratedStates =
        [.. UnavailableStates, PostgresErrorCodes.UndefinedTable, PostgresErrorCodes.UndefinedColumn, PostgresErrorCodes.UndefinedFunction];

    /// <summary>
    /// Whether the exception, or one inside it (EF Core, Data Protection and aggregates wrap), says that PostgreSQL cannot be reached or
    /// cannot serve now. The same request may succeed later.
    /// </summary>
    public static bool IsUnavailable(Exception exception) => IsOneOf(UnavailableStates, exception);

    /// <summary>
    /// The same for a process that is not ready yet, which also meets a database without its migrations. Once it is ready, a table, column
    /// or function that is not there is a bug.
    /// </summary>
    public static bool IsUnavailableOrUnmigrated(Exception exception) => IsOneOf(UnmigratedStates, exception);

    private static bool IsOneOf(string[] states, Exception exception) => exception switch
    {
        PostgresException postgres => states.Any(state => postgres.SqlState.StartsWith(state, StringComparison.Ordinal)),
        NpgsqlOperationInProgressException => false, // two commands at once on one connection: a bug
        // Everything else of Npgsql is the way to the server: refused, reset, timed out, pool exhausted, no primary among the hosts.
        NpgsqlException => true,
        AggregateException aggregate => aggregate.InnerExceptions.Any(inner => IsOneOf(states, inner)),
        { InnerException: { } inner } => IsOneOf(states, inner),
        _ => false,
    };

    /// <summary>What an operator looks a fault up by: the SQLSTATE, else the kinds of the exception and of its cause. No text of theirs.</summary>
    public static string NameOf(Exception exception) => exception switch
    {
        PostgresException postgres => $"SQLSTATE {postgres.SqlState}",
        NpgsqlException { InnerException: { } cause } => $"{exception.GetType().Name}, {cause.GetType().Name}",
        { InnerException: { } inner } when IsUnavailable(inner) => NameOf(inner),
        _ => exception.GetType().Name,
    };
}
