using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Npgsql's settings that this program is made for, where the operator has not said otherwise.</summary>
internal static class WxAuthConnectionString
{
    public static string WithDefaults(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = given.ApplicationName ?? "wxauth" };
        // Npgsql's 100 is all that a server has by default: two nodes would take each other's. Twenty keep a server of a few cores busy, and
        // more backends at once cost both sides CPU.
        SetUnlessGiven("Maximum Pool Size", () => builder.MaxPoolSize = 20);
        SetUnlessGiven("Max Auto Prepare", () => builder.MaxAutoPrepare = 50);
        // Nothing here leaves state on a connection, so it need not be wiped between two uses.
        SetUnlessGiven("No Reset On Close", () => builder.NoResetOnClose = true);
        // The functions' plans do not depend on their arguments; making them again for each call costs more than running them.
        SetUnlessGiven("Options", () => builder.Options = "-c plan_cache_mode=force_generic_plan");
        // A client that waits for longer has gone away; it is told to come again, within ten seconds even where the server hangs: the wait
        // for the command, then for the answer to its cancellation. The latter blocks a thread for the time to connect, hence the short one;
        // asked for GSS encryption that is not there, Npgsql waits for that time twice.
        SetUnlessGiven("Timeout", () => builder.Timeout = 2);
        SetUnlessGiven("GSS Encryption Mode", () => builder.GssEncryptionMode = GssEncryptionMode.Disable);
        SetUnlessGiven("Command Timeout", () => builder.CommandTimeout = 4);
        SetUnlessGiven("Cancellation Timeout", () => builder.CancellationTimeout = 500);
        // Of several hosts: a standby that was promoted is found so soon.
        SetUnlessGiven("Host Recheck Seconds", () => builder.HostRecheckSeconds = 1);
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
