using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WxAuth.Api.Playground;
using WxAuth.Tests.Client;
using static Microsoft.Playwright.Assertions;

namespace WxAuth.Tests.Playground;

/// <summary>The files of the page, as they are served.</summary>
public sealed class PlaygroundFilesTests(Browser browser, DevelopmentServer server, PlaygroundFilesTests.WithoutSimulator other)
    : IClassFixture<DevelopmentServer>, IClassFixture<PlaygroundFilesTests.WithoutSimulator>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("playground", "text/html")]
    [InlineData("playground/", "text/html")]
    [InlineData("playground/playground.js", "text/javascript")]
    [InlineData("playground/playground.css", "text/css")]
    [InlineData("playground/icon.svg", "image/svg+xml")]
    [InlineData("playground/wxauth.js", "text/javascript")]
    public async Task Each_file_has_its_type_the_strict_policy_and_a_tag_to_ask_again_by(string path, string contentType)
    {
        using var response = await server.Client.GetAsync(path, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var again = await server.Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task The_phone_runs_the_very_file_that_mini_programs_copy()
    {
        var served = await server.Client.GetByteArrayAsync("playground/wxauth.js", Ct);

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(ChildProcess.MiniProgramFolder, "wxauth.js"), Ct), served);
    }

    [Fact]
    public async Task The_settings_are_in_no_cache()
    {
        using var response = await server.Client.GetAsync("playground/settings.json", Ct);

        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.True((bool)(await WxAuthApp.JsonAsync(response))["simulator"]!);
    }

    [Fact]
    public async Task The_first_login_of_the_readme_names_no_app_although_there_are_two()
    {
        using var code = await server.Client.GetAsync("simulator/wx/login?user=readme", Ct);
        using var response = await server.SendAsync(
            HttpMethod.Post, "api/auth/login", accessToken: null, new { code = (string?)(await WxAuthApp.JsonAsync(code))["code"] });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public Task Without_the_simulator_the_page_says_so_and_offers_nothing() => browser.VisitAsync(
        other.Page,
        async visit =>
        {
            await Expect(visit.Page.Locator("body[data-ready=true]")).ToHaveCountAsync(1);
            await Expect(visit.Page.Locator("#story")).ToContainTextAsync("real WeChat");
            Assert.Equal(0, await visit.Page.Locator("#stories button:enabled, #app-login:enabled").CountAsync());
        },
        new BrowserSettings("en-US"));

    [Fact]
    public async Task Outside_development_there_is_no_playground()
    {
        await using var app = Build("Production");
        await app.StartAsync(Ct);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (var path in (string[])["", "playground", "playground/settings.json"])
        {
            using var response = await client.GetAsync(path, Ct);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    private static WebApplication Build(string environment)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPlayground(simulator: false);
        return app;
    }

    /// <summary>Kestrel with the page alone, and real mini-programs.</summary>
    public sealed class WithoutSimulator : IAsyncLifetime
    {
        private readonly WebApplication _app = Build("Development");

        public Uri Page => new(new Uri(_app.Urls.Single()), "/playground");

        public async ValueTask InitializeAsync() => await _app.StartAsync(Ct);

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
