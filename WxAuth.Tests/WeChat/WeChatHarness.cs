using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.WeChat;

/// <summary>Our side of WeChat as production wires it, over a fake server or a real socket, on a clock that the test moves.</summary>
internal sealed class WeChatHarness : IDisposable
{
    public const string AppId = "wx0000000000000001";
    public const string AppSecret = "0123456789abcdef0123456789abcdef";

    private readonly ServiceProvider _services;

    /// <param name="baseUrl">A real server; without it <see cref="Server"/> answers.</param>
    /// <param name="settings">Settings below <c>WeChat:</c>.</param>
    public WeChatHarness(string? baseUrl = null, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["WeChat:BaseUrl"] = baseUrl ?? "http://wechat.test",
            ["WeChat:Apps:0:AppId"] = AppId,
            ["WeChat:Apps:0:AppSecret"] = AppSecret,
        }).AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create("WeChat:" + setting.Key, (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        if (baseUrl is null)
        {
            services.AddKeyedSingleton<HttpMessageHandler>(WeChatHttp.HandlerKey, Server);
        }

        services.AddSingleton(Options.Create(configuration.GetSection(WeChatOptions.Section).Get<WeChatOptions>()!)).AddWeChat();
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public FakeTimeProvider Time { get; } = new();

    public FakeWeChat Server { get; } = new();

    public CapturedLog Log { get; } = new();

    public IWeChatApi Api => Get<IWeChatApi>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task<CodeExchange> ExchangeAsync(string code = "code", CancellationToken? cancellationToken = null) =>
        Api.ExchangeCodeAsync(AppId, code, cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>Moves the clock over the pauses before retries, which are short, and never up to a time limit.</summary>
    public async Task<T> RunToEndAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            if (Time.NextTimer is { } pause && pause < TimeSpan.FromSeconds(2))
            {
                Time.Advance(pause);
            }

            await Task.Yield();
        }

        return await task;
    }

    /// <summary>The fault that a call ends with.</summary>
    public async Task<WeChatException> FaultOfAsync<T>(Task<T> task) => await Assert.ThrowsAsync<WeChatException>(() => RunToEndAsync(task));

    public void Dispose() => _services.Dispose();
}

/// <summary>All log lines, with their exceptions.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, EventId Id, string Text)> Lines => [.. _lines];

    public string Text => string.Join('\n', _lines.Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Level} {line.Id.Id} {line.Text}")));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId, formatter(state, exception) + exception));

    public void Dispose()
    {
    }
}
