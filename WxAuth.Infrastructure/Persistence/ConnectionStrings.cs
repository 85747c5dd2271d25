using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Checks connection strings before anything connects.</summary>
public static class ConnectionStrings
{
    /// <summary>Whether Npgsql understands it, and it says where to connect.</summary>
    public static bool IsValid(string connectionString)
    {
        try
        {
            // The multi-host form takes every string that one host does, and Target Session Attributes beside.
            return !string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(connectionString).Host);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return false; // the answer to the question; the exception's text holds the value
        }
    }
}
