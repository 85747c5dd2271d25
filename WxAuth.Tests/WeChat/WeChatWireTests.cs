using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.WeChat;

/// <summary>The handler of production against real sockets.</summary>
public sealed class WeChatWireTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_path_in_the_base_address_is_kept_and_neither_log_nor_trace_holds_a_secret()
    {
        await using var server = await StartAsync(_ => FakeWeChat.Session);
        using var weChat = new WeChatHarness($"{AddressOf(server)}/simulator/");
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        var exchange = await weChat.ExchangeAsync("one-time-code");

        Assert.IsType<CodeExchange.Accepted>(exchange);
        Assert.Contains(spans, span => span is { Source.Name: "WxAuth", DisplayName: "sns/jscode2session", Kind: ActivityKind.Client });
        var tags = spans.SelectMany(span => span.TagObjects).Select(tag => $"{tag.Key}={tag.Value}").ToList();
        Assert.Contains("wechat.errcode=0", tags);
        foreach (var secret in new[] { WeChatHarness.AppSecret, "one-time-code", FakeWeChat.SessionKey })
        {
            Assert.DoesNotContain(tags, tag => tag.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(secret, weChat.Log.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Our_trace_ids_stay_with_us()
    {
        IHeaderDictionary? headers = null;
        await using var server = await StartAsync(request =>
        {
            headers = request.Headers;
            return FakeWeChat.Session;
        });
        using var weChat = new WeChatHarness(AddressOf(server));
        using var activity = new Activity("login").Start();

        await weChat.ExchangeAsync();

        Assert.NotNull(headers);
        Assert.DoesNotContain("traceparent", headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_code_is_not_sent_again_when_a_kept_connection_ends_before_the_answer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var weChat = new WeChatHarness($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        var asked = new ConcurrentQueue<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        // Answers the first request of a connection, and hangs up on the second one once it has read it.
        var serving = ServeAsync(listener, asked, stop.Token);

        var first = await weChat.ExchangeAsync("first");
        var fault = await weChat.FaultOfAsync(weChat.ExchangeAsync("second"));
        var third = await weChat.ExchangeAsync("third");

        Assert.IsType<CodeExchange.Accepted>(first);
        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.IsType<CodeExchange.Accepted>(third);
        Assert.Equal("first second third", string.Join(" ", asked));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unavailable_after_three_tries()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var weChat = new WeChatHarness($"http://127.0.0.1:{port}");

        var fault = await weChat.FaultOfAsync(weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.DoesNotContain(WeChatHarness.AppSecret, fault.ToString(), StringComparison.Ordinal);
        // The pauses before the second and the third try moved the clock.
        Assert.True(weChat.Time.GetUtcNow() > new FakeTimeProvider().GetUtcNow());
    }

    private static async Task ServeAsync(TcpListener listener, ConcurrentQueue<string> asked, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
            var stream = connection.GetStream();
            if (await ReadCodeAsync(stream, cancellationToken) is not { Length: > 0 } first)
            {
                continue;
            }

            asked.Enqueue(first);
            var body = FakeWeChat.Session;
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}"), cancellationToken);
            if (await ReadCodeAsync(stream, cancellationToken) is { Length: > 0 } second)
            {
                asked.Enqueue(second);
            }
        }
    }

    private static async Task<string> ReadCodeAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                return "";
            }

            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return request.ToString().Split("js_code=")[1].Split('&')[0];
    }

    private static async Task<WebApplication> StartAsync(Func<HttpRequest, string> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.Run(context => context.Response.WriteAsync(answer(context.Request), context.RequestAborted));
        await server.StartAsync(Ct);
        return server;
    }

    private static string AddressOf(WebApplication server) =>
        server.Urls.Single();
}
