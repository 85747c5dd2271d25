using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WxAuth.Bench.Floor;

// Arguments: port, base address of WeChat. BENCH_DATABASE is the Npgsql connection string (its table: floor.sql).
var options = new KestrelServerOptions { AddServerHeader = false };
options.Listen(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture), listen => listen.Protocols = HttpProtocols.Http1);
using var weChat = new WeChatClient(args[1]);
await using var users = new UserStore(
    Environment.GetEnvironmentVariable("BENCH_DATABASE") ?? throw new InvalidOperationException("BENCH_DATABASE is not set."));
using var tokens = new AccessTokens("http://127.0.0.1:" + args[0]);
using var server = new KestrelServer(
    Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
await server.StartAsync<IFeatureCollection>(new FloorApplication(weChat, users, tokens), CancellationToken.None);
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
await server.StopAsync(CancellationToken.None);
