using System.Globalization;
using System.Net.Sockets;
using System.Runtime;
using System.Text;
using WxAuth.Bench.Probe;

/// <summary>
/// Runs inside the measured process before its Main (DOTNET_STARTUP_HOOKS): who connects to the Unix socket BENCH_PROBE_SOCKET gets one
/// line, bytes allocated so far, heap bytes, collections, compiled methods and waits for a database connection so far, and is hung up on.
/// Between two readings it costs nothing; the waits are counted only where BENCH_PROBE_WAITS is set.
/// </summary>
#pragma warning disable CA1050, MA0047 // the runtime looks for this name outside any namespace
internal static class StartupHook
#pragma warning restore CA1050, MA0047
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("BENCH_PROBE_WAITS") is not null)
        {
            PoolWaits.Watch();
        }

        if (Environment.GetEnvironmentVariable("BENCH_PROBE_SOCKET") is { } path)
        {
            new Thread(() => Serve(path)) { IsBackground = true, Name = "bench probe" }.Start();
        }
    }

    private static void Serve(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        while (true)
        {
            using var client = listener.Accept();
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{GC.GetTotalAllocatedBytes(precise: true)} {GC.GetTotalMemory(forceFullCollection: false)} {GC.CollectionCount(0)} "
                + $"{JitInfo.GetCompiledMethodCount()} {PoolWaits.Count}\n");
            client.Send(Encoding.ASCII.GetBytes(line));
        }
    }
}
