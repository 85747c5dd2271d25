using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WxAuth.Api.Problems;

namespace WxAuth.Tests.Problems;

/// <summary>A small server with nothing but the problems' middleware and <see cref="FailingController"/>.</summary>
internal sealed class ProblemsApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ProblemsApp(WebApplication app, RecordedLogs logs)
    {
        _app = app;
        Logs = logs;
    }

    public RecordedLogs Logs { get; }

    public HttpClient Client { get; private init; } = null!;

    public static async Task<ProblemsApp> StartAsync(bool kestrel = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var logs = new RecordedLogs();
        builder.Logging.ClearProviders().AddProvider(logs);
        if (kestrel)
        {
            builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        builder.Services.AddControllers().ConfigureApplicationPartManager(manager =>
        {
            manager.FeatureProviders.Clear();
            manager.FeatureProviders.Add(new OnlyFailing());
        });
        builder.Services.AddProblems();
        builder.Services.AddAuthentication("none").AddScheme<AuthenticationSchemeOptions, NobodyHandler>("none", null);
        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        var app = builder.Build();
        app.UseProblems();
        app.UseRouteProblems();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapControllers();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var client = kestrel ? new HttpClient { BaseAddress = new Uri(app.Urls.Single()) } : app.GetTestClient();
        return new ProblemsApp(app, logs) { Client = client };
    }

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, string? language = null, string[]? headers = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (language is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Language", language);
        }

        foreach (var header in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(header.Split(':')[0], header.Split(':')[1]);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, text);
    }

    public Task<Answer> GetAsync(string path, string? language = null) => SendAsync(HttpMethod.Get, path, language: language);

    public Task<Answer> PostAsync(string path, string json, string type = "application/json", string? language = null) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, type), language);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private sealed class OnlyFailing : IApplicationFeatureProvider<ControllerFeature>
    {
        public void PopulateFeature(IEnumerable<ApplicationPart> parts, ControllerFeature feature) =>
            feature.Controllers.Add(System.Reflection.IntrospectionExtensions.GetTypeInfo(typeof(FailingController)));
    }

    private sealed class NobodyHandler(
        Microsoft.Extensions.Options.IOptionsMonitor<AuthenticationSchemeOptions> options,
        ILoggerFactory logger,
        System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }
}

/// <summary>A response that has been read.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>Asserts that this is that problem, whole.</summary>
    public JsonElement IsProblem(int status, string code)
    {
        Assert.Equal(status, (int)Status);
        Assert.Equal("application/problem+json", ContentHeaders.ContentType?.ToString());
        var json = Json;
        Assert.Equal(code, json.GetProperty("code").GetString());
        Assert.Equal($"urn:wxauth:problem:{code}", json.GetProperty("type").GetString());
        Assert.Equal(status, json.GetProperty("status").GetInt32());
        Assert.All(["title", "detail", "action", "traceId"], name => Assert.NotEmpty(json.GetProperty(name).GetString()!));
        Assert.Equal("Accept-Language", Headers.Vary.ToString());
        Assert.True(ContentHeaders.ContentLanguage.Single() is "zh-CN" or "en");
        Assert.True(Headers.CacheControl?.NoStore);
        return json;
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordedLogs : ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IEnumerable<(LogLevel Level, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue((logLevel, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
