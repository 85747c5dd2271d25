using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace WxAuth.Tests;

/// <summary>Listens to every trace and every metric of the process while it lives.</summary>
internal sealed class Telltales : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters;

    public Telltales()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        _meters.SetMeasurementEventCallback<byte>(Keep);
        _meters.SetMeasurementEventCallback<short>(Keep);
        _meters.SetMeasurementEventCallback<int>(Keep);
        _meters.SetMeasurementEventCallback<long>(Keep);
        _meters.SetMeasurementEventCallback<float>(Keep);
        _meters.SetMeasurementEventCallback<double>(Keep);
        _meters.SetMeasurementEventCallback<decimal>(Keep);
        _meters.Start();
    }

    /// <summary>Everything heard, as text.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public void Observe() => _meters.RecordObservableInstruments();

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private void Keep(Activity activity)
    {
        var events = activity.Events.Select(e => $"{e.Name} {Text(e.Tags)}");
        _lines.Enqueue($"trace {activity.Source.Name} {activity.DisplayName} {activity.StatusDescription} {Text(activity.TagObjects)} {string.Join(' ', events)} {Text(activity.Baggage)}");
    }

    private void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        _lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"metric {instrument.Name} {value} {Text(tags.ToArray())}"));

    private static string Text<T>(IEnumerable<KeyValuePair<string, T>> tags) =>
        string.Join(' ', tags.Select(tag => $"{tag.Key}={(tag.Value is string[] values ? string.Join(',', values) : tag.Value)}"));
}
