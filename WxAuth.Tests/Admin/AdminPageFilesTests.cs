using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WxAuth.Api.Admin;

namespace WxAuth.Tests.Admin;

/// <summary>The files of the page, as they are served: no API behind them.</summary>
public sealed class AdminPageFilesTests(Browser browser, AdminPageFilesTests.Server server) : IClassFixture<AdminPageFilesTests.Server>
{
    [Theory]
    [InlineData("", "text/html")]
    [InlineData("/main.js", "text/javascript")]
    [InlineData("/admin.css", "text/css")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Each_file_has_its_type_and_the_strict_policy(string file, string contentType)
    {
        using var client = new HttpClient();

        using var response = await client.GetAsync(new Uri(server.Page + file), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("data:", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_the_browser_has_is_not_sent_again()
    {
        using var client = new HttpClient();
        using var first = await client.GetAsync(new Uri(server.Page + "/main.js"), TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await client.GetAsync(new Uri(server.Page + "/main.js"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("zh-CN", "zh-CN", "登录", 390)]
    [InlineData("zh-TW", "zh-CN", "登录", 1280)]
    [InlineData("en-GB", "en", "Sign in", 390)]
    [InlineData("fr-FR", "en", "Sign in", 1280)]
    public Task It_speaks_the_language_of_the_browser(string locale, string language, string heading, int width) => browser.VisitAsync(
        server.Page,
        async visit =>
        {
            Assert.Equal(heading, await visit.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading).TextContentAsync());
            Assert.Equal(language, await visit.Page.Locator("html").GetAttributeAsync("lang"));
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"));
        },
        new BrowserSettings(locale, width));

    [Fact]
    public Task Both_languages_have_the_same_texts_with_the_same_holes() => browser.VisitAsync(server.Page, async visit =>
    {
        var differing = await visit.Page.EvaluateAsync<string[]>("""
            async () => {
              const { texts } = await import('/admin/texts.js');
              const flat = (value, path = '') => Object.entries(value).flatMap(([key, text]) => typeof text === 'string'
                ? [`${path}${key} ${[...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort().join(' ')}`] : flat(text, `${path}${key}.`));
              const [zh, en] = [new Set(flat(texts['zh-CN'])), new Set(flat(texts.en))];
              return [...zh.symmetricDifference(en)];
            }
            """);

        Assert.Empty(differing);
    });

    [Fact]
    public Task Logins_are_counted_by_the_hour_and_unread_hours_are_marked() => browser.VisitAsync(server.Page, async visit =>
    {
        var hours = await visit.Page.EvaluateAsync<JsonElement>("""
            async () => {
              const { byHour } = await import('/admin/activity.js');
              const now = new Date(2026, 10, 20, 12, 30).getTime();
              const minutesAgo = [-1, 0, 30, 31, 90, 23 * 60 + 29, 23 * 60 + 31].map((minutes) => now - minutes * 60_000);
              return { all: byHour(minutesAgo, now, null), cut: byHour(minutesAgo, now, now - 60 * 60_000) };
            }
            """);

        var counts = hours.GetProperty("all").EnumerateArray().Select(hour => hour.GetProperty("count").GetInt32()).ToArray();
        Assert.Equal([1, .. Enumerable.Repeat(0, 21), 2, 3], counts);
        var states = hours.GetProperty("cut").EnumerateArray().Select(hour => hour.GetProperty("state").GetString()!).ToArray();
        Assert.Equal([.. Enumerable.Repeat("unknown", 22), "partial", "complete"], states);
    });

    [Fact]
    public Task A_session_in_the_audit_trail_ends_with_its_end_event() => browser.VisitAsync(server.Page, async visit =>
    {
        var sessions = await visit.Page.EvaluateAsync<string[]>("""
            async () => {
              const { sessionsOf } = await import('/admin/sessions.js');
              const event = (type, sessionId, outcome = 'success') => ({ type, sessionId, outcome, detail: {} });
              return sessionsOf([event('login', 'new'), event('session_ended', 'old'), event('login_refused', null, 'refused'), event('login', 'old')])
                .map((session) => `${session.id} ${session.end?.type ?? 'open'}`);
            }
            """);

        Assert.Equal(["new open", "old session_ended"], sessions);
    });

    /// <summary>Kestrel with the page alone.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly WebApplication _app = Build();

        public Uri Page => new(new Uri(_app.Urls.Single()), "/admin");

        public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private static WebApplication Build()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.MapAdminPage();
            return app;
        }
    }
}
