using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Tokens;

/// <summary>A stranger checks our tokens. Its libraries run on the system's clock, so ours starts there.</summary>
public sealed class StrangerTests(StrangerTests.App app) : IClassFixture<StrangerTests.App>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_stranger_accepts_our_tokens_by_discovery_alone_and_follows_key_rotations()
    {
        await using var stranger = await StrangerApp.StartAsync(app.Issuer, App.ClientId, App.Secret);
        var first = await TokenAsync("first");
        await Eventually.TrueAsync(async () => await stranger.StatusAsync(first) == 200, Soon, "the stranger's helper has loaded the ended sessions");
        Assert.Equal(401, await stranger.StatusAsync(null));
        Assert.Equal(401, await stranger.StatusAsync(first[..^2] + (first.EndsWith("AA", StringComparison.Ordinal) ? "BB" : "AA")));

        // The next key is published ahead; the library's periodic look finds it; when it begins to sign, no request fails.
        app.Time.Advance(TimeSpan.FromSeconds(130));
        await Eventually.TrueAsync(async () => await app.PublishedKeysAsync() == 2, Soon, "the next key is published");
        await Eventually.TrueAsync(async () => await stranger.LookAtKeysAgainAsync() == 2, Soon, "the stranger has looked again");
        app.Time.Advance(TimeSpan.FromSeconds(60));
        var second = await TokenAsync("second");
        Assert.NotEqual(KeyIdOf(first), KeyIdOf(second));
        Assert.Equal(200, await stranger.StatusAsync(second));
        Assert.Equal(200, await stranger.StatusAsync(first));

        // Even one that has not looked in time finds the key by its unknown id.
        app.Time.Advance(TimeSpan.FromSeconds(130));
        await Eventually.TrueAsync(async () => await app.PublishedKeysAsync() == 3, Soon, "the key after it is published");
        app.Time.Advance(TimeSpan.FromSeconds(120));
        var third = await TokenAsync("third");
        Assert.NotEqual(KeyIdOf(second), KeyIdOf(third));
        await Eventually.TrueAsync(async () => await stranger.StatusAsync(third) == 200, Soon, "the stranger has found the new key");
    }

    [Fact]
    public async Task A_stranger_refuses_an_ended_session_as_soon_as_the_feed_says_so()
    {
        await using var stranger = await StrangerApp.StartAsync(app.Issuer, App.ClientId, App.Secret);
        var ended = await TokenAsync("ended");
        var other = await TokenAsync("other");
        await Eventually.TrueAsync(
            async () => await stranger.StatusAsync(ended) == 200 && await stranger.StatusAsync(other) == 200, Soon, "the stranger's helper has loaded");

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", ended);

        Assert.Equal(204, (int)logout.StatusCode);
        await Eventually.TrueAsync(async () => await stranger.StatusAsync(ended) == 401, TimeSpan.FromSeconds(2), "the stranger refuses it");
        Assert.Equal(200, await stranger.StatusAsync(other));

        // One that starts later is told of it at once.
        await using var late = await StrangerApp.StartAsync(app.Issuer, App.ClientId, App.Secret);
        await Eventually.TrueAsync(async () => await late.StatusAsync(other) == 200, Soon, "the late stranger has loaded");
        Assert.Equal(401, await late.StatusAsync(ended));
    }

    [Fact]
    public async Task A_stranger_that_cannot_read_the_feed_accepts_nothing()
    {
        await using var stranger = await StrangerApp.StartAsync(app.Issuer, App.ClientId, "a wrong secret");

        Assert.Equal(401, await stranger.StatusAsync(await TokenAsync("unheard")));
    }

    private async Task<string> TokenAsync(string user) => (string)(await app.LoginAsync(user))["accessToken"]!;

    private static string KeyIdOf(string token) => (string)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;

    public sealed class App : WxAuthApp
    {
        public const string ClientId = "shop";
        public const string Secret = "a long random secret of the shop";

        public App(TestCluster cluster)
            : base(cluster) => Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());

        /// <summary>Where it listens: who discovers us finds us there.</summary>
        public string Issuer { get; } = $"http://127.0.0.1:{FreePort()}";

        protected override string Address => Issuer;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Jwt:Issuer", Issuer),
            new("Jwt:SigningKeyLifetime", "00:03:00"),
            new("Introspection:Clients:0:Id", ClientId),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))),
            new("RateLimits:RequestsPerMinutePerSession", "0"),
        ];

        public async Task<int> PublishedKeysAsync() =>
            JsonNode.Parse(await Client.GetStringAsync("/.well-known/jwks.json", TestContext.Current.CancellationToken))!["keys"]!.AsArray().Count;

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
