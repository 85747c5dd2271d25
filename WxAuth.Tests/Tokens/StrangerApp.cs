using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using WxAuth.Examples;

namespace WxAuth.Tests.Tokens;

/// <summary>A business service: another ASP.NET Core application, which knows WxAuth's address and audience and nothing else.</summary>
public sealed class StrangerApp : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly HttpClient _client;

    private StrangerApp(WebApplication server)
    {
        _server = server;
        _client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<StrangerApp> StartAsync(string authority, string clientId, string secret)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();

        // What the documentation shows.
        builder.Services.AddSingleton(provider => new EndedSessions(
            new HttpClient
            {
                BaseAddress = new Uri(authority),
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{secret}"))) },
            },
            TimeProvider.System));
        builder.Services.AddHostedService(provider => provider.GetRequiredService<EndedSessions>());
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(o =>
        {
            o.Authority = authority;
            o.Audience = "wxauth";
            o.RequireHttpsMetadata = false;
            o.Events = new JwtBearerEvents
            {
                OnTokenValidated = context =>
                {
                    if (context.HttpContext.RequestServices.GetRequiredService<EndedSessions>().Refuses(context.Principal!))
                    {
                        context.Fail("The session has ended.");
                    }

                    return Task.CompletedTask;
                },
            };
        });
        builder.Services.AddAuthorization();

        var server = builder.Build();
        server.UseAuthentication();
        server.UseAuthorization();
        server.MapGet("/orders", () => "orders").RequireAuthorization();
        await server.StartAsync(Ct);
        return new StrangerApp(server);
    }

    /// <summary>The status that a request with that token gets.</summary>
    public async Task<int> StatusAsync(string? accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders");
        if (accessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        using var response = await _client.SendAsync(request, Ct);
        return (int)response.StatusCode;
    }

    /// <summary>Stands for the library's daily look at the keys, and lets an unknown key be looked for every second instead of every thirty.</summary>
    /// <returns>How many keys it knows.</returns>
    public async Task<int> LookAtKeysAgainAsync()
    {
        var options = _server.Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
        var manager = (ConfigurationManager<OpenIdConnectConfiguration>)options.ConfigurationManager!;
        manager.RefreshInterval = TimeSpan.FromSeconds(1);
        manager.RequestRefresh();
        return (await manager.GetConfigurationAsync(Ct)).SigningKeys.Count;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }
}
