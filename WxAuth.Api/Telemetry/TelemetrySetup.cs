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

    private static readonly string[] Sources = [WxAuthTelemetry.Name, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

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

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _metrics?.ForceFlush(2000);
        _traces?.ForceFlush(2000);
        return Task.CompletedTask;
    }

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
            builder.Services.AddHostedService<TelemetryExport>();
        }
    }
}
