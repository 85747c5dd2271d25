using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests;

/// <summary>WeChat's simulator as a server of its own, on a free loopback port.</summary>
public sealed class SimulatedWeChat : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly HttpClient _client;

    private SimulatedWeChat(WebApplication server)
    {
        _server = server;
        _client = new HttpClient { BaseAddress = new Uri($"{server.Urls.Single()}{SimulatorDefaults.BasePath}/") };
    }

    /// <summary>What <c>WeChat:BaseUrl</c> is set to.</summary>
    public string Address => _client.BaseAddress!.ToString().TrimEnd('/');

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<SimulatedWeChat> StartAsync(TimeProvider timeProvider, IReadOnlyList<SimulatedApp> apps)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.Replace(ServiceDescriptor.Singleton(timeProvider));
        builder.Services.AddWeChatSimulator(options =>
        {
            foreach (var app in apps)
            {
                options.Apps.Add(app);
            }
        });
        var server = builder.Build();
        server.MapWeChatSimulator();
        await server.StartAsync(Ct);
        return new SimulatedWeChat(server);
    }

    /// <summary>A code of <c>wx.login</c>.</summary>
    public async Task<string> CodeAsync(string user, string appId) =>
        (string)(await GetAsync($"wx/login?user={Uri.EscapeDataString(user)}&appId={appId}"))["code"]!;

    /// <summary>What a simulated client call answers, e.g. <c>wx/get-phone-number?user=alice</c>.</summary>
    public async Task<JsonObject> GetAsync(string path) => (await _client.GetFromJsonAsync<JsonObject>(path, Ct))!;

    /// <summary>How often a call was made so far, e.g. <c>stable_token</c>.</summary>
    public async Task<long> CallsAsync(string call) => (long)(await GetAsync("statistics"))[call]!["calls"]!;

    /// <summary>Lets WeChat push a message; see the simulator's documentation. What the receiver answered.</summary>
    public async Task<JsonObject> PushAsync(object push)
    {
        using var response = await _client.PostAsJsonAsync("push", push, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Switches a fault on; see the simulator's documentation.</summary>
    public async Task FailAsync(object fault)
    {
        using var response = await _client.PostAsJsonAsync("faults", fault, Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>Switches all faults off.</summary>
    public async Task HealAsync() => (await _client.DeleteAsync("faults", Ct)).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }
}
