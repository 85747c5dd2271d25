using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests;

/// <summary>Looks for texts in every column of every table, also in those that nobody has thought of.</summary>
internal static class TraceSearch
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Where one of the texts is found, except in rows of a user whose they may be: <c>table.column: text</c>.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="texts">What is looked for.</param>
    /// <param name="heir">Whose rows do not count; <c>null</c>: nobody's.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(string connectionString, IReadOnlyCollection<string> texts, Guid? heir = null)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        var found = new List<string>();
        foreach (var (table, column, type) in await ColumnsAsync(connection))
        {
            var position = type == "bytea" ? $"position(convert_to(text, 'UTF8') IN t.{column})" : $"position(text IN t.{column}::text)";
            await using var command = new NpgsqlCommand(
                $"SELECT text, to_jsonb(t)::text FROM {table} t, unnest($1::text[]) text WHERE {position} > 0", connection)
            {
                Parameters = { new() { Value = texts.ToArray() } },
            };
            await using var reader = await command.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                var row = JsonNode.Parse(reader.GetString(1))!;
                if (heir is null || (string?)(row["user_id"] ?? row["id"]) != heir.ToString())
                {
                    found.Add($"{table}.{column}: {reader.GetString(0)}");
                }
            }
        }

        return found;
    }

    private static async Task<IReadOnlyList<(string Table, string Column, string Type)>> ColumnsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT quote_ident(c.table_name), quote_ident(c.column_name), c.data_type
            FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var columns = new List<(string, string, string)>();
        while (await reader.ReadAsync(Ct))
        {
            columns.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        Assert.Contains(("audit_events", "detail", "jsonb"), columns);
        return columns;
    }
}
