using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Where the way through EF Core is too long, statements go to Npgsql directly, with positional parameters that are not boxed: on the two busiest
/// routes, login and refresh, since its <c>SqlQuery</c> makes the text of a statement and its parameters anew for each call, which was a seventh of a login; and
/// until the process can serve, since to prepare its model and its queries was a third of the time to the first login (docs/performance.md).
/// </summary>
internal static class DirectStatements
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
