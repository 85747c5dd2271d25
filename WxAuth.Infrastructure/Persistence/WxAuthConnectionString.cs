using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Npgsql's settings that this program is made for, where the operator has not said otherwise.</summary>
internal static class WxAuthConnectionString
{
    public static string WithDefaults(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = given.ApplicationName ?? "wxauth" };
        SetUnlessGiven("Max Auto Prepare", () => builder.MaxAutoPrepare = 50);
        // Nothing here leaves state on a connection, so it need not be wiped between two uses.
        SetUnlessGiven("No Reset On Close", () => builder.NoResetOnClose = true);
        // The functions' plans do not depend on their arguments; making them again for each call costs more than running them.
        SetUnlessGiven("Options", () => builder.Options = "-c plan_cache_mode=force_generic_plan");
        // A client that waits for longer has gone away; it is told to come again.
        SetUnlessGiven("Timeout", () => builder.Timeout = 5);
        SetUnlessGiven("Command Timeout", () => builder.CommandTimeout = 10);
        return builder.ConnectionString;

        void SetUnlessGiven(string key, Action set)
        {
            if (!given.Keys.Cast<string>().Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                set();
            }
        }
    }
}
