using System.Diagnostics.Metrics;

namespace WxAuth.Bench.Probe;

/// <summary>Counts the requests for a database connection that found none free and no room for another one.</summary>
internal static class PoolWaits
{
    // Npgsql's: one more when such a request begins to wait, one less when it has its connection or gives up.
    private const string Instrument = "db.client.connection.npgsql.pending_requests";

    private static readonly MeterListener Listener = new()
    {
        InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == Instrument)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        },
    };

    private static int _count;

    /// <summary>How many have waited since <see cref="Watch"/>.</summary>
    public static int Count => Volatile.Read(ref _count);

    /// <summary>Begins to count.</summary>
    public static void Watch()
    {
        Listener.SetMeasurementEventCallback<int>(static (_, change, _, _) =>
        {
            if (change > 0)
            {
                Interlocked.Add(ref _count, change);
            }
        });
        Listener.Start();
    }
}
