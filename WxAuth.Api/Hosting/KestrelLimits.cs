using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WxAuth.Api.Hosting;

/// <summary>
/// What one connection may cost. A client that sends and never reads pins its two buffers and what Kestrel keeps for a connection, some
/// 100 KB (docs/operations.md), and is cut off when it is slower than the rates below; so many connections bound the memory of the process.
/// </summary>
internal static class KestrelLimits
{
    /// <summary><c>Kestrel:Limits:MaxConcurrentConnections</c>, where nothing is said.</summary>
    public const int DefaultConnections = 5000;

    // The framework's megabyte serves large uploads; the largest body here is one. The request line (8 KiB) and all headers (32 KiB) fit in.
    private const int RequestBuffer = 40 * 1024;

    // Holds all but the largest answers whole; those wait for the client anyway.
    private const int ResponseBuffer = 16 * 1024;

    // At less, the largest body (1 MiB) takes over four minutes: wx.request and wx.uploadFile have given up after one. A packet that is
    // lost twice costs seven seconds (RFC 6298), hence the period before it counts.
    private static readonly MinDataRate Rate = new(bytesPerSecond: 4 * 1024, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>Sets them.</summary>
    /// <param name="webHost">Of the application.</param>
    /// <param name="connections">How many at once; one more is closed at once.</param>
    public static void SetKestrelLimits(this IWebHostBuilder webHost, int connections)
    {
        webHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = connections;
            kestrel.Limits.MinRequestBodyDataRate = Rate;
            kestrel.Limits.MinResponseDataRate = Rate;
            // Who stops in the middle of the headers is waited for so long; a stop was seen to wait for its own end (ShutdownDelay).
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // These two are for TLS, if it ends here ...
            kestrel.Limits.MaxRequestBufferSize = RequestBuffer;
            kestrel.Limits.MaxResponseBufferSize = ResponseBuffer;
        });
        webHost.UseSockets(sockets =>
        {
            // ... and these for the socket itself, which does not look at those.
            sockets.MaxReadBufferSize = RequestBuffer;
            sockets.MaxWriteBufferSize = ResponseBuffer;
        });
    }
}
