using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Statements of the two busiest routes, login and refresh, go to Npgsql directly, with positional parameters that are not boxed: EF Core's
/// <c>SqlQuery</c> makes the text of the statement and its parameters anew for each call, which was a seventh of a login (docs/performance.md).
/// </summary>
internal static class HotStatements
{
    /// <summary>Adds the value of the next of <c>$1</c>, <c>$2</c> ...; <c>null</c> is NULL of that type.</summary>
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Reads a text that may be NULL.</summary>
    public static string? GetText(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
