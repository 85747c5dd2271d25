using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Api.Telemetry;

/// <summary>Exports metrics and traces by OTLP where an endpoint is configured; the instruments themselves are the framework's, the drivers' and ours.</summary>
internal sealed class TelemetryExport : IHostedService, IDisposable
{
    /// <summary>The meters that are exported.</summary>
    public static readonly IReadOnlyList<string> Meters =
    [
        WxAuthTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting",
        "Microsoft.AspNetCore.Diagnostics", "System.Net.Http", "System.Runtime", "Npgsql",
    ];

    private static readonly string[] Sources = [WxAuthTelemetry.Name, "Microsoft.AspNetCore", "Npgsql"];

    /// <summary>Milliseconds that a stop waits for the collector.</summary>
    private const int LastExport = 1000;

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The exporter reads OTEL_EXPORTER_OTLP_* (endpoint, protocol, headers) from the environment by itself.
        var resource = ResourceBuilder.CreateDefault().AddService("wxauth").AddEnvironmentVariableDetector();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter([.. Meters]).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    // What is kept is sent, and both are shut down: disposing would wait for a collector that hangs, five seconds for each.
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => _metrics?.Shutdown(LastExport), CancellationToken.None),
        Task.Run(() => _traces?.Shutdown(LastExport), CancellationToken.None));

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }
}

/// <summary>Logs, metrics and traces.</summary>
internal static class TelemetrySetup
{
    /// <summary>The framework's line for each request names the query string, which on some routes is a code or a signature.</summary>
    private const string RequestLines = "Microsoft.AspNetCore.Hosting.Diagnostics";

    private const string SuppressRequestTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    public static void AddTelemetry(this WebApplicationBuilder builder, bool export)
    {
        builder.Logging.AddFilter(RequestLines, LogLevel.Warning);
        if (!builder.Environment.IsDevelopment())
        {
            builder.Logging.ClearProviders().AddJsonConsole(json =>
            {
                json.IncludeScopes = true;
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }

        if (export)
        {
            // Method and path of a request's activity; ASP.NET Core 10 leaves them to an instrumentation package by default, 11 does not.
            AppContext.SetSwitch(SuppressRequestTags, isEnabled: false);
            builder.Services.AddHostedService<TelemetryExport>();
        }
    }
}
