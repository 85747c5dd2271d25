using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Api.RateLimits;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Tests.RateLimits;

/// <summary>Three failures a minute and address, six requests a minute and session; loopback is a known proxy.</summary>
public sealed class LimitedApp(TestCluster cluster) : WxAuthApp(cluster)
{
    public const int Failures = 3;
    public const int Requests = 6;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("RateLimits:FailedLoginsPerMinutePerIp", $"{Failures}"),
        new("RateLimits:RequestsPerMinutePerSession", $"{Requests}"),
        new("ForwardedHeaders:KnownProxies:0", "127.0.0.1"),
        new("ForwardedHeaders:KnownNetworks:0", "10.0.0.0/8"),
    ];
}

/// <summary>The same limits, and no known proxy.</summary>
public sealed class UnproxiedApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("RateLimits:FailedLoginsPerMinutePerIp", $"{LimitedApp.Failures}")];
}

/// <summary>No limits.</summary>
public sealed class UnlimitedApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("RateLimits:FailedLoginsPerMinutePerIp", "0"), new("RateLimits:RequestsPerMinutePerSession", "0"),
    ];
}

public sealed class RateLimitTests(LimitedApp app) : IClassFixture<LimitedApp>
{
    private const string Login = "api/auth/login";
    private const string Refresh = "api/auth/refresh";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Too_many_failed_logins_from_one_address_are_limited_even_with_a_good_code()
    {
        await FailAsync("192.0.2.1");

        using var refused = await PostAsync(Login, new { code = await app.CodeAsync("late") }, "192.0.2.1");

        var problem = await WxAuthApp.AssertProblemAsync(refused, 429, "rate_limited");
        Assert.Equal("retry_later", (string?)problem["action"]);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_limited_login_is_counted_under_its_app_if_that_is_configured()
    {
        var counted = new ConcurrentQueue<(string App, string Outcome)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Name: "wxauth.login", Meter.Name: WxAuthTelemetry.Name })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Enqueue(((string)tags[0].Value!, (string)tags[1].Value!)));
        listener.Start();
        await FailAsync("192.0.2.7");

        using var known = await PostAsync(Login, new { code = "0000000000", appId = WxAuthApp.AppId }, "192.0.2.7");
        using var unknown = await PostAsync(Login, new { code = "0000000000", appId = "wxmadeup" }, "192.0.2.7");

        await WxAuthApp.AssertProblemAsync(known, 429, "rate_limited");
        await WxAuthApp.AssertProblemAsync(unknown, 429, "rate_limited");
        Assert.Contains((WxAuthApp.AppId, "rate_limited"), counted);
        Assert.Contains(("unknown", "rate_limited"), counted);
        Assert.DoesNotContain(counted, login => login.App == "wxmadeup");
    }

    [Fact]
    public async Task Another_address_is_not_limited()
    {
        await FailAsync("192.0.2.2");

        using var other = await PostAsync(Login, new { code = await app.CodeAsync("elsewhere") }, "192.0.2.3");

        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Successes_are_free()
    {
        for (var i = 0; i < LimitedApp.Failures * 3; i++)
        {
            using var response = await PostAsync(Login, new { code = await app.CodeAsync($"one of many {i}") }, "192.0.2.4");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task Failed_refreshes_count_and_are_limited_too()
    {
        for (var i = 0; i < LimitedApp.Failures; i++)
        {
            using var forged = await PostAsync(Refresh, new { refreshToken = "forged" }, "192.0.2.5");
            await WxAuthApp.AssertProblemAsync(forged, 401, "refresh_token_invalid");
        }

        using var refresh = await PostAsync(Refresh, new { refreshToken = "forged" }, "192.0.2.5");
        using var login = await PostAsync(Login, new { code = "0000000000" }, "192.0.2.5");

        await WxAuthApp.AssertProblemAsync(refresh, 429, "rate_limited");
        await WxAuthApp.AssertProblemAsync(login, 429, "rate_limited");
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_is_no_failed_login()
    {
        for (var i = 0; i < LimitedApp.Failures * 2; i++)
        {
            using var response = await PostAsync(Login, new { code = "" }, "192.0.2.6");
            await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        }
    }

    [Fact]
    public async Task A_network_of_IPv6_is_one_client()
    {
        await FailAsync("2001:db8:0:1::1");

        using var neighbour = await PostAsync(Login, new { code = "0000000000" }, "2001:db8:0:1:ffff::2");
        using var other = await PostAsync(Login, new { code = "0000000000" }, "2001:db8:0:2::1");

        await WxAuthApp.AssertProblemAsync(neighbour, 429, "rate_limited");
        await WxAuthApp.AssertProblemAsync(other, 401, "code_invalid");
    }

    [Fact]
    public async Task Known_proxies_in_a_chain_are_passed_and_the_first_unknown_hop_is_the_client()
    {
        // 198.51.100.7 is no known proxy: what stands before it is its own word.
        for (var i = 0; i < LimitedApp.Failures; i++)
        {
            using var spoofed = await PostAsync(Login, new { code = "0000000000" }, $"203.0.113.{i}, 198.51.100.7, 10.1.2.3");
            await WxAuthApp.AssertProblemAsync(spoofed, 401, "code_invalid");
        }

        using var again = await PostAsync(Login, new { code = "0000000000" }, "203.0.113.99, 198.51.100.7, 10.1.2.3");
        using var claimed = await PostAsync(Login, new { code = "0000000000" }, "203.0.113.0");

        await WxAuthApp.AssertProblemAsync(again, 429, "rate_limited");
        await WxAuthApp.AssertProblemAsync(claimed, 401, "code_invalid");
    }

    [Fact]
    public async Task The_forwarded_address_is_the_one_that_is_kept()
    {
        using var response = await PostAsync(Login, new { code = await app.CodeAsync("kept") }, "203.0.113.50, 198.51.100.50");

        var sessionId = (string)(await WxAuthApp.JsonAsync(response))["sessionId"]!;
        Assert.Equal("198.51.100.50", await app.ScalarAsync<string>($"SELECT host(ip) FROM sessions WHERE id = '{sessionId}'"));
    }

    [Fact]
    public async Task A_session_that_asks_too_often_is_limited_and_no_other()
    {
        var busy = (string)(await app.LoginAsync("busy"))["accessToken"]!;
        var calm = (string)(await app.LoginAsync("calm"))["accessToken"]!;
        for (var i = 0; i < LimitedApp.Requests; i++)
        {
            using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", busy);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using var refused = await app.SendAsync(HttpMethod.Get, "api/users/me", busy);
        using var other = await app.SendAsync(HttpMethod.Get, "api/users/me", calm);

        await WxAuthApp.AssertProblemAsync(refused, 429, "rate_limited");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public void Every_route_that_gives_a_session_for_a_secret_is_limited()
    {
        string[] routes = ["api/auth/login", "api/auth/refresh", "api/auth/bind", "api/auth/password"];
        var actions = app.Services.GetRequiredService<IActionDescriptorCollectionProvider>().ActionDescriptors.Items
            .OfType<ControllerActionDescriptor>()
            .Where(action => routes.Contains(action.AttributeRouteInfo?.Template, StringComparer.Ordinal))
            .ToList();

        Assert.NotEmpty(actions);
        Assert.All(actions, action => Assert.Contains(action.FilterDescriptors, filter => filter.Filter is LimitsFailedLoginsAttribute));
    }

    private async Task FailAsync(string address)
    {
        for (var i = 0; i < LimitedApp.Failures; i++)
        {
            using var response = await PostAsync(Login, new { code = "0000000000" }, address);
            await WxAuthApp.AssertProblemAsync(response, 401, "code_invalid");
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string path, object body, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType()) };
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        return await app.Client.SendAsync(request, Ct);
    }
}

public sealed class UnproxiedRateLimitTests(UnproxiedApp app) : IClassFixture<UnproxiedApp>
{
    [Fact]
    public async Task A_spoofed_address_changes_nothing()
    {
        for (var i = 0; i < LimitedApp.Failures; i++)
        {
            using var failed = await LoginAsync($"203.0.113.{i}");
            await WxAuthApp.AssertProblemAsync(failed, 401, "code_invalid");
        }

        using var response = await LoginAsync("203.0.113.200");

        await WxAuthApp.AssertProblemAsync(response, 429, "rate_limited");
    }

    private async Task<HttpResponseMessage> LoginAsync(string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code = "0000000000" }) };
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        return await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

public sealed class UnlimitedTests(UnlimitedApp app) : IClassFixture<UnlimitedApp>
{
    [Fact]
    public async Task Zero_turns_a_limit_off()
    {
        for (var i = 0; i < 70; i++)
        {
            using var response = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = "forged" }, TestContext.Current.CancellationToken);
            await WxAuthApp.AssertProblemAsync(response, 401, "refresh_token_invalid");
        }

        var token = (string)(await app.LoginAsync("eager"))["accessToken"]!;
        for (var i = 0; i < 620; i++)
        {
            using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
