using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WxAuth.Api.Telemetry;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Tests.Documents;

/// <summary>The dashboard and the alert rules name metrics and labels that the program exports, under the names that Prometheus sees.</summary>
public sealed partial class ObservabilityTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private const string Alerts = "docs/observability/alerts.yaml";

    // Added on the way by the exporter and by Prometheus.
    private static readonly string[] LabelsOfOthers = ["le", "job", "instance"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_and_label_is_exported()
    {
        var (metrics, labels) = await ExportedAsync();
        var queries = Queries().ToList();

        Assert.NotEmpty(queries);
        Assert.All(queries.SelectMany(MetricsOf), name => Assert.Contains(name, metrics));
        Assert.All(queries.SelectMany(LabelsOf), label => Assert.Contains(label, labels.Concat(LabelsOfOthers)));
    }

    [Fact]
    public async Task Every_instrument_of_our_own_is_on_the_dashboard()
    {
        var (metrics, _) = await ExportedAsync();
        var dashboard = Repository.Read("docs/observability/dashboard.json");

        var own = metrics.Where(name => name.StartsWith("wxauth_", StringComparison.Ordinal))
            .Select(name => Part().Replace(name, "")).Distinct(StringComparer.Ordinal).ToList();

        Assert.Equal(5, own.Count);
        Assert.All(own, name => Assert.Contains(name, dashboard, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alert_is_explained()
    {
        var rules = Alert().Matches(Repository.Read(Alerts)).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal);
        var explained = Explained().Matches(Repository.Read("docs/operations.md")).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal);

        Assert.Equal(rules, explained);
    }

    private async Task<(HashSet<string> Metrics, HashSet<string> Labels)> ExportedAsync()
    {
        var instruments = new ConcurrentDictionary<string, Instrument>(StringComparer.Ordinal);
        var labels = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (TelemetryExport.Meters.Contains(instrument.Meter.Name, StringComparer.Ordinal))
                {
                    instruments[instrument.Name] = instrument;
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => AddLabels(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => AddLabels(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => AddLabels(tags));
        WxAuthTelemetry.CountLogin(WxAuthApp.AppId, "success"); // brings the meter to life before it is listened to
        listener.Start();

        var login = await app.LoginAsync("observed");
        (await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string?)login["refreshToken"] }, Ct)).Dispose();
        Assert.Throws<FormatException>(() => int.Parse("none", CultureInfo.InvariantCulture)); // dotnet.exceptions has a label of its own
        listener.RecordObservableInstruments();
        return ([.. instruments.Values.SelectMany(PrometheusNames)], [.. labels.Keys]);

        void AddLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (name, _) in tags)
            {
                labels[name.Replace('.', '_')] = true;
            }
        }
    }

    // https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/: dots to underscores, the unit unless it is an annotation in
    // braces, _total for what only grows, three series for a histogram.
    private static IEnumerable<string> PrometheusNames(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            null or "" or ['{', ..] => "",
            "s" => "_seconds",
            "By" => "_bytes",
            var other => throw new InvalidOperationException($"{instrument.Name}: say how Prometheus writes the unit {other}."),
        };
        var name = instrument.Name.Replace('.', '_') + unit;
        return instrument.GetType().Name.Split('`')[0] switch
        {
            "Counter" or "ObservableCounter" => [$"{name}_total"],
            "Histogram" => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            _ => [name],
        };
    }

    private static IEnumerable<string> Queries()
    {
        // The rules' own texts hold no metric name, so the file is read whole.
        yield return Repository.Read(Alerts);
        foreach (var target in JsonNode.Parse(Repository.Read("docs/observability/dashboard.json"))!["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]!.AsArray()))
        {
            yield return (string)target!["expr"]!;
        }
    }

    private static IEnumerable<string> MetricsOf(string query) => MetricName().Matches(query).Select(match => match.Value).Except(LabelsOf(query), StringComparer.Ordinal);

    private static IEnumerable<string> LabelsOf(string query) => Matcher().Matches(query).Select(match => match.Groups["label"].Value)
        .Concat(Grouping().Matches(query).SelectMany(match => match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries)));

    [GeneratedRegex(@"\b(wxauth|http_server|kestrel|dotnet|db_client)_[a-z0-9_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"(?<label>[a-z_]+)(=|!=|=~|!~)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\bby \((?<labels>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grouping();

    [GeneratedRegex("_(total|bucket|sum|count)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Part();

    [GeneratedRegex(@"^ *- alert: (?<name>\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Alert();

    [GeneratedRegex(@"^\| `(?<name>WxAuth[A-Z]\w+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Explained();
}
