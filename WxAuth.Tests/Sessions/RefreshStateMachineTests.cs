using System.Globalization;
using System.Security.Cryptography;

namespace WxAuth.Tests.Sessions;

/// <summary>
/// Generated interleavings of refreshes against the model: a million steps of the state machine alone, 20,000 (or as many as WXAUTH_STEPS says)
/// of two nodes on the database, 1,000 over HTTP. WXAUTH_SEED repeats a run.
/// </summary>
public sealed class RefreshStateMachineTests(RefreshStateMachineTests.TwoNodes app) : IClassFixture<RefreshStateMachineTests.TwoNodes>
{
    private const int Walks = 16;

    private static int Steps => Number("WXAUTH_STEPS") ?? 20_000;

    private static int Seed => Number("WXAUTH_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue - Walks);

    [Fact]
    public async Task A_million_steps_of_the_state_machine_do_what_the_model_does()
    {
        var seed = Seed;

        await Task.WhenAll(Enumerable.Range(0, Walks).Select(walk =>
            Task.Run(() => new RefreshWalk(new InMemoryTarget(), seed + walk).RunAsync(1_000_000 / Walks))));
    }

    [Fact]
    public async Task No_interleaving_logs_a_phone_out_accepts_a_grandparent_or_makes_two_live_successors()
    {
        var seed = Seed;

        await Task.WhenAll(Enumerable.Range(0, Walks).Select(walk =>
            Task.Run(() => new RefreshWalk(new InProcessTarget(app, $"walk{walk}"), seed + walk).RunAsync(Steps / Walks))));
    }

    [Fact]
    public async Task The_same_holds_over_http() =>
        await new RefreshWalk(new HttpTarget(app, app.OtherNode, "http"), Seed).RunAsync(1_000);

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Two nodes, without the limits that a storm from one address would meet.</summary>
    public sealed class TwoNodes(TestCluster cluster) : WxAuthApp(cluster)
    {
        public HttpClient OtherNode { get; private set; } = null!;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("RateLimits:FailedLoginsPerMinutePerIp", "0"),
            new("RateLimits:RequestsPerMinutePerSession", "0"),
            // So many steps are not to be kept as log lines.
            new("Logging:LogLevel:Default", "Error"),
            new("Logging:LogLevel:Microsoft.AspNetCore", "Error"),
            new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Error"),
        ];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            OtherNode = await AddNodeAsync();
        }
    }
}
