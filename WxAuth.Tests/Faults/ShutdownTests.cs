using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;

namespace WxAuth.Tests.Faults;

/// <summary>How the process starts badly and how it ends.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class ShutdownTests(FaultsFixture faults)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_is_told_at_once_and_lets_requests_in_flight_finish()
    {
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database, ("Shutdown__Delay", "00:00:02"), ("WeChat__AttemptTimeout", "00:00:06"));
        await faults.WeChat.FailAsync(new { kind = "delay", user = "slow", delayMs = 4000 });
        var calls = await CallsAsync();
        try
        {
            var slow = node.Client.PostAsJsonAsync("api/auth/login", new { code = await faults.WeChat.CodeAsync("slow", WxAuthApp.AppId) }, Ct);
            await Eventually.TrueAsync(async () => await CallsAsync() > calls, TimeSpan.FromSeconds(10), "the call is under way", Ct);

            var asked = TimeProvider.System.GetTimestamp();
            await node.TerminateAsync();

            await Eventually.TrueAsync(
                async () => await node.StatusAsync("health/ready") == HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1.5), "readiness turns", Ct);
            using var meanwhile = await node.Client.GetAsync(".well-known/jwks.json", Ct);
            Assert.Equal(HttpStatusCode.OK, meanwhile.StatusCode);
            Assert.True(meanwhile.Headers.ConnectionClose);
            using var response = await slow;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(0, await node.ExitAsync());
            var took = TimeProvider.System.GetElapsedTime(asked);
            TestContext.Current.TestOutputHelper!.WriteLine($"ended {took.TotalSeconds:F1} s after SIGTERM");
            Assert.InRange(took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(15));
        }
        finally
        {
            await faults.WeChat.HealAsync();
        }
    }

    [Fact]
    public async Task Clients_that_stop_in_the_middle_of_a_request_are_cut_off_when_the_drain_ends()
    {
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database);
        using var inHeaders = await SendAsync(node, "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-");
        using var inBody = await SendAsync(
            node, "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"code\"");

        var asked = TimeProvider.System.GetTimestamp();
        await node.TerminateAsync();

        var ends = await Task.WhenAll(EndAsync(inHeaders, asked), EndAsync(inBody, asked));
        Assert.Equal(0, await node.ExitAsync());
        var took = TimeProvider.System.GetElapsedTime(asked);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"cut off {ends[0].TotalSeconds:F1} s (in headers) and {ends[1].TotalSeconds:F1} s (in the body), ended {took.TotalSeconds:F1} s after SIGTERM");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_request_that_does_not_end_is_cut_off_within_thirty_seconds()
    {
        Assert.SkipUnless(LongTests.Wanted, LongTests.Why);
        var database = await faults.Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database, ("WeChat__AttemptTimeout", "00:01:30"), ("WeChat__TotalTimeout", "00:01:30"));
        await faults.WeChat.FailAsync(new { kind = "hang", user = "endless" });
        try
        {
            var endless = node.Client.PostAsJsonAsync("api/auth/login", new { code = await faults.WeChat.CodeAsync("endless", WxAuthApp.AppId) }, Ct);
            Assert.Equal(HttpStatusCode.OK, await node.StatusAsync("health/ready"));

            var asked = TimeProvider.System.GetTimestamp();
            await node.TerminateAsync();

            await Assert.ThrowsAnyAsync<HttpRequestException>(() => endless);
            Assert.Equal(0, await node.ExitAsync());
            var took = TimeProvider.System.GetElapsedTime(asked);
            TestContext.Current.TestOutputHelper!.WriteLine($"ended {took.TotalSeconds:F1} s after SIGTERM");
            Assert.InRange(took, TimeSpan.FromSeconds(27), TimeSpan.FromSeconds(30));
        }
        finally
        {
            await faults.WeChat.HealAsync();
        }
    }

    [Fact]
    public async Task A_bad_configuration_is_told_in_one_line_for_each_fault_and_nothing_else()
    {
        await using var node = ApiProcess.Begin(faults.Environment(
            "nonsense", ("WeChat__AttemptTimeout", "soon"), ("Jwt__Issuer", "http://example.com"), ("ForwardedHeaders__KnownProxies__0", "here")));

        Assert.Equal(1, await node.ExitAsync());
        Assert.Empty(node.Output);
        Assert.Equal(
            ["ConnectionStrings:WxAuth", "ForwardedHeaders:KnownProxies:0", "Jwt:Issuer", "WeChat:AttemptTimeout"],
            node.Errors.Select(line => line.Split(' ')[0].TrimEnd(':')).Order(StringComparer.Ordinal));
    }

    private async Task<int> CallsAsync() => (int)(await faults.WeChat.GetAsync("statistics"))["jscode2session"]!["calls"]!;

    // Reads to the end of a connection, and tells when that was.
    private static async Task<TimeSpan> EndAsync(TcpClient client, long since)
    {
        var buffer = new byte[1024];
        try
        {
            while (await client.GetStream().ReadAsync(buffer, Ct) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset instead of closed: an end too.
        }

        return TimeProvider.System.GetElapsedTime(since);
    }

    private static async Task<TcpClient> SendAsync(ApiProcess node, string text)
    {
        var client = new TcpClient();
        await client.ConnectAsync(node.Address.Host, node.Address.Port, Ct);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Ct);
        return client;
    }
}

/// <summary>What is too long for every run, or needs what not every machine has.</summary>
internal static class LongTests
{
    public const string Why = "Takes half a minute and more: set WXAUTH_LONG_TESTS=1.";

    public static bool Wanted => Environment.GetEnvironmentVariable("WXAUTH_LONG_TESTS") is "1";
}
