using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Api.Configuration;

/// <summary><c>ConnectionStrings:WxAuth</c>.</summary>
internal static class DatabaseSection
{
    private const string Key = "ConnectionStrings:WxAuth";

    public static string? ReadConnectionString(ConfigurationReader reader, bool development)
    {
        var connectionString = development ? reader.Text(Key) : reader.Required(Key, "an Npgsql connection string, such as Host=...;Database=...");
        if (connectionString is { Length: > 0 } && !ConnectionStrings.IsValid(connectionString))
        {
            reader.Fault(Key, "is no Npgsql connection string that names a host; write one such as Host=...;Database=...;Username=...");
        }

        return connectionString;
    }
}
