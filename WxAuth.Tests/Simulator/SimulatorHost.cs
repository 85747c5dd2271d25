using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests.Simulator;

/// <summary>The WeChat simulator by itself, on a real port, with a clock that stands still.</summary>
internal sealed class SimulatorHost : IAsyncDisposable
{
    /// <summary>A second app, for the tests that need two.</summary>
    public static readonly SimulatedApp First = new(
        SimulatorDefaults.AppId, SimulatorDefaults.AppSecret, SimulatorDefaults.PushToken, SimulatorDefaults.PushAesKey);

    public static readonly SimulatedApp Second = new("wx0123456789abcdef", "fedcba9876543210fedcba9876543210", "SecondPushToken");

    private readonly WebApplication _app;

    private SimulatorHost(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public FakeTimeProvider Time { get; }

    public HttpClient Client { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<SimulatorHost> StartAsync(
        Action<WeChatSimulatorOptions>? configure = null, Action<IServiceCollection>? addServices = null, Action<WebApplication>? map = null)
    {
        var time = new FakeTimeProvider();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddWeChatSimulator(configure);
        addServices?.Invoke(builder.Services);

        var app = builder.Build();
        map?.Invoke(app);
        app.MapWeChatSimulator();
        await app.StartAsync(Ct);
        return new SimulatorHost(app, time);
    }

    /// <summary>Two apps: the default one and <see cref="Second"/>.</summary>
    public static Task<SimulatorHost> StartWithTwoAppsAsync() => StartAsync(options =>
    {
        options.Apps.Add(First);
        options.Apps.Add(Second);
    });

    /// <summary>wx.login.</summary>
    public async Task<string> LoginCodeAsync(string user, SimulatedApp? app = null) =>
        (await GetAsync($"wx/login?user={Uri.EscapeDataString(user)}&appId={app?.AppId}")).GetProperty("code").GetString()!;

    /// <summary>The phone number button.</summary>
    public async Task<string> PhoneCodeAsync(string user, SimulatedApp? app = null) =>
        (await GetAsync($"wx/get-phone-number?user={Uri.EscapeDataString(user)}&appId={app?.AppId}")).GetProperty("code").GetString()!;

    /// <summary>jscode2session by the rules.</summary>
    public Task<JsonElement> ExchangeAsync(string code, SimulatedApp? app = null) => GetAsync(ExchangePath(code, app));

    public static string ExchangePath(string code, SimulatedApp? app = null) =>
        $"sns/jscode2session?appid={(app ?? First).AppId}&secret={(app ?? First).AppSecret}&js_code={code}&grant_type=authorization_code";

    /// <summary>wx.login and jscode2session in one.</summary>
    public async Task<(string OpenId, string SessionKey)> SessionAsync(string user, SimulatedApp? app = null)
    {
        var session = await ExchangeAsync(await LoginCodeAsync(user, app), app);
        return (session.GetProperty("openid").GetString()!, session.GetProperty("session_key").GetString()!);
    }

    public Task<JsonElement> StableTokenAsync(SimulatedApp? app = null, bool force = false) => PostAsync("cgi-bin/stable_token", new
    {
        grant_type = "client_credential",
        appid = (app ?? First).AppId,
        secret = (app ?? First).AppSecret,
        force_refresh = force,
    });

    public async Task<string> AccessTokenAsync(SimulatedApp? app = null) =>
        (await StableTokenAsync(app)).GetProperty("access_token").GetString()!;

    /// <summary>The errcode of a call that needs the token, 0 while it is good.</summary>
    public async Task<int> ErrcodeWithTokenAsync(string token) =>
        // An unknown code: with a good token the answer is 40029.
        Errcode(await PostAsync($"wxa/business/getuserphonenumber?access_token={token}", new { code = "x" })) is var errcode && errcode == 40029
            ? 0
            : errcode;

    public async Task FaultAsync(object fault)
    {
        using var response = await Client.PostAsJsonAsync("simulator/faults", fault, Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Client.GetAsync($"simulator/{path}", Ct);
        return await JsonOfAsync(response);
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Client.PostAsJsonAsync($"simulator/{path}", body, Ct);
        return await JsonOfAsync(response);
    }

    /// <summary>The errcode as a number, 0 where there is none.</summary>
    public static int Errcode(JsonElement reply) => reply.TryGetProperty("errcode", out var errcode) ? errcode.GetInt32() : 0;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static async Task<JsonElement> JsonOfAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));
}
