using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WxAuth.Bench.WeChat;

// The first argument is the port. Kestrel's sockets without its HTTP: what the stand-in costs, the servers that are measured lack.
var options = new KestrelServerOptions();
options.Listen(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture), listen => listen.Run(Code2SessionConnection.ServeAsync));
// Answering takes a microsecond: no need to leave the socket's thread for it.
var sockets = new SocketTransportOptions { UnsafePreferInlineScheduling = true };
using var server = new KestrelServer(
    Options.Create(options), new SocketTransportFactory(Options.Create(sockets), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
await server.StartAsync(new NoApplication(), CancellationToken.None);
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
await server.StopAsync(CancellationToken.None);
