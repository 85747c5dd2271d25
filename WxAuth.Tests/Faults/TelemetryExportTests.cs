using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WxAuth.Tests.Faults;

/// <summary>What a node in Production tells of itself: to a collector, and in its log.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class TelemetryExportTests(FaultsFixture faults)
{
    /// <summary>Stands for a code or a signature in a query string.</summary>
    private const string Query = "signature=4f5e0f5a7c9b2d";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_and_traces_reach_a_collector_and_hold_no_secret()
    {
        await using var collector = await Collector.StartAsync();
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(
            database,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"));

        var secrets = await UseAsync(node);
        // Counted in the background of the start.
        await Eventually.TrueAsync(
            () => collector.Metrics.Contains("wxauth.sessions.live", StringComparison.Ordinal), TimeSpan.FromSeconds(30), "the live sessions are counted", Ct);
        await node.TerminateAsync();
        Assert.Equal(0, await node.ExitAsync());

        // What was not sent by the interval is sent at the stop.
        string[] metrics =
        [
            "wxauth.login", "wxauth.refresh", "wxauth.wechat.call.duration", "wxauth.sessions.live", "wxauth.signing_key.age",
            "http.server.request.duration", "http.client.request.duration", "db.client.connection",
        ];
        Assert.All(metrics, name => Assert.Contains(name, collector.Metrics, StringComparison.Ordinal));
        string[] traces = ["sns/jscode2session", "POST api/auth/login", "http.request.method", "http.route", "http.response.status_code", "wxauth"];
        Assert.All(traces, name => Assert.Contains(name, collector.Traces, StringComparison.Ordinal));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, collector.Traces + collector.Metrics, StringComparison.Ordinal));
        // The framework's line for each request is off, and so is the access log.
        string[] perRequest = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.HttpLogging.HttpLoggingMiddleware"];
        Assert.DoesNotContain(node.Output, line => perRequest.Contains((string?)JsonNode.Parse(line)!["Category"], StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_log_is_JSON_with_event_ids_and_trace_ids_and_the_access_log_has_no_query()
    {
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(
            database, ("Logging__LogLevel__Microsoft.AspNetCore.HttpLogging", "Information"), ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"));

        var secrets = await UseAsync(node);
        await node.TerminateAsync();
        Assert.Equal(0, await node.ExitAsync());

        var lines = node.Output.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.All(lines, line => Assert.NotNull(line["EventId"]));
        var access = lines.Where(line => (string?)line["Category"] == "Microsoft.AspNetCore.HttpLogging.HttpLoggingMiddleware"
            && (string?)line["State"]?["Path"] == "/api/auth/login").ToList();
        var login = Assert.Single(access);
        Assert.Equal("POST", (string?)login["State"]!["Method"]);
        Assert.Equal("200", login["State"]!["StatusCode"]!.ToString());
        Assert.NotNull(login["State"]!["Duration"]);
        Assert.Contains(login["Scopes"]!.AsArray(), scope => scope?["TraceId"] is not null);
        var telling = lines.Where(line => secrets.Exists(secret => line.ToJsonString().Contains(secret, StringComparison.Ordinal))).Select(line => (string?)line["Category"]);
        Assert.Empty(telling);
    }

    // One login and a refresh, a question with a query string, and a refusal; the secrets that went through.
    private async Task<List<string>> UseAsync(ApiProcess node)
    {
        var code = await faults.WeChat.CodeAsync("observed", WxAuthApp.AppId);
        using var login = await node.Client.PostAsJsonAsync("api/auth/login", new { code }, Ct);
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        var tokens = JsonNode.Parse(await login.Content.ReadAsStringAsync(Ct))!;
        using var refresh = await node.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string)tokens["refreshToken"]! }, Ct);
        Assert.Equal(HttpStatusCode.OK, refresh.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await node.StatusAsync($"api/users/me?{Query}&code={code}"));
        Assert.Equal(HttpStatusCode.NotFound, await node.StatusAsync($"api/wechat/{WxAuthApp.AppId}/none?{Query}"));
        return [code, WxAuthApp.AppSecret, (string)tokens["refreshToken"]!, (string)tokens["accessToken"]!, Query.Split('=')[1]];
    }

    /// <summary>Takes what OTLP over HTTP sends. Protobuf keeps texts as they are, so they can be looked for.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
        private readonly WebApplication _server;

        private Collector(WebApplicationBuilder builder)
        {
            _server = builder.Build();
            _server.MapPost("/v1/{signal}", async (HttpContext context) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                _received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
            });
        }

        public string Address => _server.Urls.Single();

        public string Metrics => Of("/v1/metrics");

        public string Traces => Of("/v1/traces");

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var collector = new Collector(builder);
            await collector._server.StartAsync(Ct);
            return collector;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private string Of(string path) => string.Concat(_received.Where(request => request.Path == path).Select(request => request.Body));
    }
}
