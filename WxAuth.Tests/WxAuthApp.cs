using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using WxAuth.Api;
using WxAuth.Api.Configuration;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests;

/// <summary>
/// The API on a real Kestrel port, with a database of its own and WeChat's simulator as a server of its own: what every story runs
/// against. One for a test class (<c>IClassFixture&lt;WxAuthApp&gt;</c>); derive from it to configure it otherwise.
/// </summary>
public class WxAuthApp(TestCluster cluster) : IAsyncLifetime
{
    public const string AppId = "wx0000000000000001";
    public const string AppSecret = "5ecre7000000000000000000000000a1";

    private const string AnyPort = "http://127.0.0.1:0";

    private readonly List<WebApplication> _nodes = [];

    /// <summary>The clock of the API and of WeChat. It stands until it is moved.</summary>
    public FakeTimeProvider Time { get; protected init; } = new(new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero));

    /// <summary>The simulated WeChat.</summary>
    public SimulatedWeChat WeChat { get; private set; } = null!;

    /// <summary>A client of the first node, without credentials.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Everything that was logged, at every level.</summary>
    public LogCapture Logs { get; } = new();

    public string ConnectionString { get; private set; } = "";

    public IServiceProvider Services => _nodes[0].Services;

    /// <summary>The nodes, in the order of their start.</summary>
    public IReadOnlyList<WebApplication> Nodes => _nodes;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        ConnectionString = await CreateDatabaseAsync(cluster);
        WeChat = await SimulatedWeChat.StartAsync(UsesFakeTime ? Time : TimeProvider.System, SimulatedApps);
        var node = await StartNodeAsync();
        _nodes.Add(node);
        Client = ClientOf(node);
    }

    /// <summary>Starts a further node on the same database and WeChat. It is stopped with the fixture.</summary>
    /// <param name="configuration">Settings of that node, before all others.</param>
    public async Task<HttpClient> AddNodeAsync(params KeyValuePair<string, string?>[] configuration)
    {
        var node = await StartNodeAsync(configuration);
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        return ClientOf(node);
    }

    /// <summary>A code of <c>wx.login</c> for a user of that name.</summary>
    public Task<string> CodeAsync(string user, string appId = AppId) => WeChat.CodeAsync(user, appId);

    /// <summary>Logs a user in; the whole response as JSON.</summary>
    public async Task<JsonObject> LoginAsync(string user, string appId = AppId, HttpClient? client = null)
    {
        using var response = await (client ?? Client).PostAsJsonAsync("api/auth/login", new { code = await CodeAsync(user, appId), appId }, Ct);
        Assert.True(response.IsSuccessStatusCode, $"{await response.Content.ReadAsStringAsync(Ct)} {Logs.Errors()}");
        return await JsonAsync(response);
    }

    /// <summary>Sends a request with an access token.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? accessToken, object? body = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (accessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType());
        }

        return (client ?? Client).SendAsync(request, Ct);
    }

    /// <summary>The response's body as JSON.</summary>
    public static async Task<JsonObject> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!.AsObject();

    /// <summary>Asserts that a response is that problem, and returns it.</summary>
    public static async Task<JsonObject> AssertProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(code, (string?)problem["code"]);
        return problem;
    }

    /// <summary>Runs SQL; the first column of the first row.</summary>
    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct) is T value ? value : default;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.StopAsync(CancellationToken.None);
            await node.DisposeAsync();
        }

        await WeChat.DisposeAsync();
        await cluster.DropDatabaseAsync(ConnectionString);
        GC.SuppressFinalize(this);
    }

    /// <summary>What ASP.NET Core is told about where it runs.</summary>
    protected virtual string Environment => "Development";

    /// <summary>Settings of the configuration, beside those of every test or instead of them.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Configuration => [];

    /// <summary>The mini-programs as WeChat has them on file; <see cref="Apps"/> has to fit.</summary>
    protected virtual IReadOnlyList<SimulatedApp> SimulatedApps => [new(AppId, AppSecret)];

    /// <summary>The mini-programs; by default the one.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Apps =>
    [
        new("WeChat:Apps:0:AppId", AppId),
        new("WeChat:Apps:0:AppSecret", AppSecret),
    ];

    /// <summary>Makes the database; by default with today's schema and nothing in it.</summary>
    protected virtual Task<string> CreateDatabaseAsync(TestCluster server) => server.CreateDatabaseAsync();

    /// <summary>Whether the API runs on <see cref="Time"/>; otherwise on the system's clock.</summary>
    protected virtual bool UsesFakeTime => true;

    /// <summary>Registers services in the place of the API's own.</summary>
    protected virtual void ConfigureServices(IServiceCollection services)
    {
    }

    /// <summary>Where the first node listens; further ones take any free port.</summary>
    protected virtual string Address => AnyPort;

    private async Task<WebApplication> StartNodeAsync(params KeyValuePair<string, string?>[] configuration)
    {
        var builder = WxAuthApplication.CreateBuilder(["--environment", Environment]);
        builder.Configuration.AddInMemoryCollection(
        [
            new("ConnectionStrings:WxAuth", ConnectionString),
            new("Database:MigrateOnStartup", "false"),
            new("WeChat:BaseUrl", WeChat.Address),
            new("Jwt:Issuer", "http://localhost:5080"),
            // Tests send in a second what phones send in an hour; the limits have tests of their own.
            new("RateLimits:FailedLoginsPerMinutePerIp", "0"),
            new("RateLimits:RequestsPerMinutePerSession", "0"),
            new("RateLimits:AvatarsPerHourPerUser", "0"),
            new("RateLimits:ExportsPerHourPerUser", "0"),
            new("Logging:LogLevel:Default", "Trace"),
            new("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
            new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Trace"),
        ]);
        builder.Configuration.AddInMemoryCollection(Apps).AddInMemoryCollection(Configuration).AddInMemoryCollection(configuration);
        builder.WebHost.UseUrls(_nodes.Count == 0 ? Address : AnyPort);
        builder.Logging.ClearProviders().AddProvider(Logs);
        if (UsesFakeTime)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        ConfigureServices(builder.Services);
        var loaded = StartupConfiguration.Load(builder.Configuration, builder.Environment);
        Assert.Empty(loaded.Faults);
        var app = builder.BuildWxAuth(loaded.Value);
        try
        {
            await app.StartAsync(Ct);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static HttpClient ClientOf(WebApplication node) => new() { BaseAddress = new Uri(node.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
}

/// <summary>Keeps every log line, as text with its state and its exception.</summary>
public sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The lines of level Error and above, for the message of a failed assertion.</summary>
    public string Errors() => string.Join('\n', _lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal)));

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            lines.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            lines.Enqueue($"{logLevel} {category}[{eventId.Id}] {formatter(state, exception)} {values} {exception}");
        }
    }
}
