using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Tokens;

public sealed class MetadataTests(MetadataTests.App app) : IClassFixture<MetadataTests.App>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    public async Task The_metadata_name_every_url_under_the_issuer(string path)
    {
        using var response = await app.Client.GetAsync(path, Ct);

        Assert.Equal(200, (int)response.StatusCode);
        AssertMayBeCached(response.Headers.CacheControl);
        var metadata = await WxAuthApp.JsonAsync(response);
        Assert.Equal(App.Issuer, (string?)metadata["issuer"]);
        Assert.Equal($"{App.Issuer}/.well-known/jwks.json", (string?)metadata["jwks_uri"]);
        Assert.Equal($"{App.Issuer}/api/auth/introspect", (string?)metadata["introspection_endpoint"]);
        Assert.All(
            metadata.Where(member => member.Key.EndsWith("_endpoint", StringComparison.Ordinal) || member.Key.EndsWith("_uri", StringComparison.Ordinal)),
            member => Assert.StartsWith($"{App.Issuer}/", (string?)member.Value, StringComparison.Ordinal));
        // What OpenID Connect Discovery 1.0, section 3, requires: clients that are strict refuse a document without them.
        Assert.All(
            ["authorization_endpoint", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"],
            name => Assert.NotNull(metadata[name]));
    }

    [Fact]
    public async Task The_key_set_holds_public_keys_alone()
    {
        using var response = await app.Client.GetAsync("/.well-known/jwks.json", Ct);

        AssertMayBeCached(response.Headers.CacheControl);
        var key = Assert.Single((await WxAuthApp.JsonAsync(response))["keys"]!.AsArray())!.AsObject();
        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("EC", "P-256", "ES256", "sig"), ((string?)key["kty"], (string?)key["crv"], (string?)key["alg"], (string?)key["use"]));
        Assert.Equal(43, ((string)key["x"]!).Length);
        Assert.Equal(43, ((string)key["y"]!).Length);
    }

    [Fact]
    public async Task The_audience_and_issuer_of_tokens_are_the_configured_ones()
    {
        var token = (string)(await app.LoginAsync("alice"))["accessToken"]!;

        var payload = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!;

        Assert.Equal(App.Issuer, (string?)payload["iss"]);
        Assert.Equal("shops", (string?)payload["aud"]);
    }

    private static void AssertMayBeCached(CacheControlHeaderValue? header)
    {
        Assert.True(header!.Public);
        Assert.False(header.NoStore);
        Assert.InRange(header.MaxAge!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    public sealed class App(TestCluster cluster) : WxAuthApp(cluster)
    {
        public const string Issuer = "https://login.example.com/wx";

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("Jwt:Issuer", Issuer), new("Jwt:Audience", "shops")];
    }
}
