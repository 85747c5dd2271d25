using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Tests.Telemetry;

public sealed class InstrumentTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Logins_refreshes_and_calls_are_measured_with_few_tags_and_no_secret()
    {
        var measured = new ConcurrentQueue<(string Instrument, Dictionary<string, string?> Tags)>();
        var spans = new ConcurrentQueue<Activity>();
        using var meters = Listen(measured);
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WxAuthTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(activities);

        var code = await app.CodeAsync("measured");
        using var first = await app.Client.PostAsJsonAsync("api/auth/login", new { code, appId = WxAuthApp.AppId }, Ct);
        var login = await WxAuthApp.JsonAsync(first);
        using var used = await app.Client.PostAsJsonAsync("api/auth/login", new { code, appId = WxAuthApp.AppId }, Ct);
        await app.WeChat.FailAsync(new { kind = "user_blocked", user = "blocked" });
        using var blocked = await app.Client.PostAsJsonAsync("api/auth/login", new { code = await app.CodeAsync("blocked"), appId = WxAuthApp.AppId }, Ct);
        using var unknown = await app.Client.PostAsJsonAsync("api/auth/login", new { code, appId = "wxnobody" }, Ct);
        using var password = await app.Client.PostAsJsonAsync("api/auth/password", new { userName = "nobody.here", password = "a long passphrase" }, Ct);
        using var refresh = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string)login["refreshToken"]! }, Ct);
        using var forged = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = "forged" }, Ct);

        Assert.Contains(measured, m => Is(m, "wxauth.login", ("app", WxAuthApp.AppId), ("outcome", "new_user")));
        Assert.Contains(measured, m => Is(m, "wxauth.login", ("app", WxAuthApp.AppId), ("outcome", "code_used")));
        Assert.Contains(measured, m => Is(m, "wxauth.login", ("app", WxAuthApp.AppId), ("outcome", "user_blocked_by_wechat")));
        Assert.Contains(measured, m => Is(m, "wxauth.login", ("app", "unknown"), ("outcome", "app_unknown")));
        Assert.Contains(measured, m => Is(m, "wxauth.login", ("app", "platform"), ("outcome", "credentials_invalid")));
        Assert.Contains(measured, m => Is(m, "wxauth.refresh", ("outcome", "refreshed")));
        Assert.Contains(measured, m => Is(m, "wxauth.refresh", ("outcome", "forged")));
        Assert.Contains(measured, m => Is(m, "wxauth.wechat.call.duration", ("call", "sns/jscode2session"), ("errcode", "0")));
        Assert.Contains(measured, m => Is(m, "wxauth.wechat.call.duration", ("call", "sns/jscode2session"), ("errcode", "40163")));
        Assert.All(measured, m => Assert.Subset(new HashSet<string>(["app", "outcome", "call", "errcode"]), m.Tags.Keys.ToHashSet()));
        Assert.Contains(spans, span => span is { OperationName: "sns/jscode2session", Kind: ActivityKind.Client } && (string?)span.GetTagItem("wechat.errcode") == "0");
        Assert.All(spans, span => Assert.Equal(["wechat.errcode"], span.TagObjects.Select(tag => tag.Key)));
        string[] secrets = [code, WxAuthApp.AppSecret, (string)login["refreshToken"]!, (string)login["accessToken"]!, (string)login["sessionId"]!];
        Assert.DoesNotContain(measured.SelectMany(m => m.Tags.Values).Concat(spans.SelectMany(span => span.TagObjects).Select(tag => tag.Value?.ToString())), secrets.Contains);
    }

    private static bool Is(
        (string Instrument, Dictionary<string, string?> Tags) measured, string instrument, params (string Key, string Value)[] tags) =>
        measured.Instrument == instrument && measured.Tags.Count == tags.Length
        && Array.TrueForAll(tags, tag => measured.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    private static MeterListener Listen(ConcurrentQueue<(string Instrument, Dictionary<string, string?> Tags)> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == WxAuthTelemetry.Name && !instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.Start();
        return listener;

        void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            measured.Enqueue((instrument.Name, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString())));
    }
}
