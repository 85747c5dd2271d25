using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Tokens;

/// <summary>Keys that live for three minutes, on two nodes and a clock that the tests move.</summary>
public sealed class KeyRotationTests(KeyRotationTests.TwoNodes app) : IClassFixture<KeyRotationTests.TwoNodes>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_published_before_it_signs_and_kept_until_its_tokens_are_dead_on_every_node()
    {
        var first = KeyIdOf(await TokenAsync("life", app.Client));
        await UntilAsync(keys => keys.Length > 0 && keys[^1] != first, "its successor is published");
        var successor = (await KeyIdsAsync(app.Client))[^1];

        Assert.Equal(first, KeyIdOf(await TokenAsync("life", app.Client)));
        Assert.Equal(first, KeyIdOf(await TokenAsync("life", app.OtherNode)));
        app.Time.Advance(TimeSpan.FromMinutes(1)); // the lead is a third of its life
        var token = await TokenAsync("life", app.Client);
        Assert.Equal(successor, KeyIdOf(token));

        // Access tokens live for five minutes, and the clocks may differ.
        var signedUntil = app.Time.GetUtcNow();
        await UntilAsync(keys => !keys.Contains(first), "the old key disappears");
        Assert.InRange(app.Time.GetUtcNow() - signedUntil, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(8));
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM signing_keys WHERE key_id = '{first}'"));
    }

    [Fact]
    public async Task No_request_fails_while_keys_rotate_under_load()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var keys = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var faults = new ConcurrentQueue<string>();
        var requests = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            var (signs, checks) = worker % 2 == 0 ? (app.Client, app.OtherNode) : (app.OtherNode, app.Client);
            var refreshToken = (string)(await app.LoginAsync($"load-{worker}", client: signs))["refreshToken"]!;
            while (!stop.IsCancellationRequested)
            {
                using var refreshed = await signs.PostAsJsonAsync("api/auth/refresh", new { refreshToken }, Ct);
                var tokens = await WxAuthApp.JsonAsync(refreshed);
                if (!refreshed.IsSuccessStatusCode)
                {
                    faults.Enqueue(tokens.ToJsonString());
                    return;
                }

                refreshToken = (string)tokens["refreshToken"]!;
                var token = (string)tokens["accessToken"]!;
                keys.TryAdd(KeyIdOf(token), 0);
                using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token, client: checks);
                if (!me.IsSuccessStatusCode)
                {
                    faults.Enqueue(await me.Content.ReadAsStringAsync(Ct));
                    return;
                }

                Interlocked.Increment(ref requests);
            }
        }));

        for (var step = 0; step < 120 && faults.IsEmpty; step++)
        {
            var seen = Volatile.Read(ref requests);
            await Eventually.TrueAsync(() => Volatile.Read(ref requests) >= seen + 4 || !faults.IsEmpty, Soon, "the load goes on");
            app.Time.Advance(TimeSpan.FromSeconds(10));
        }

        await stop.CancelAsync();
        await load;
        Assert.Empty(faults);
        Assert.True(keys.Count >= 4, $"{keys.Count} keys in 20 minutes.");
    }

    // In small steps, each of which both nodes are given the time to act upon: their timers run on the clock, their queries do not.
    private async Task UntilAsync(Func<string[], bool> condition, string what) => await Eventually.TrueAsync(
        async () =>
        {
            if (condition(await KeyIdsAsync(app.Client)) && condition(await KeyIdsAsync(app.OtherNode)))
            {
                return true;
            }

            app.Time.Advance(TimeSpan.FromSeconds(5));
            return false;
        },
        Soon,
        what);

    private async Task<string> TokenAsync(string user, HttpClient node) => (string)(await app.LoginAsync(user, client: node))["accessToken"]!;

    private static async Task<string[]> KeyIdsAsync(HttpClient node) =>
        [.. JsonNode.Parse(await node.GetStringAsync("/.well-known/jwks.json", Ct))!["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];

    private static string KeyIdOf(string token) => (string)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;

    public sealed class TwoNodes(TestCluster cluster) : WxAuthApp(cluster)
    {
        public HttpClient OtherNode { get; private set; } = null!;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Jwt:SigningKeyLifetime", "00:03:00"),
            new("Jwt:AccessTokenLifetime", "00:05:00"),
            new("RateLimits:RequestsPerMinutePerSession", "0"),
        ];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            OtherNode = await AddNodeAsync();
        }
    }
}
