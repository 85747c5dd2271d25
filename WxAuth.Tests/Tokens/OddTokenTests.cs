using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Tokens;

/// <summary>
/// Tokens that have the shape of one of ours and the wrong things in them. Some are rightly signed: nobody outside can make those, but a
/// later release of ours, or a bug, may.
/// </summary>
public sealed class OddTokenTests(OddTokenTests.App app) : IClassFixture<OddTokenTests.App>
{
    private const string OtherId = "01930000-0000-7000-8000-000000000000";

    private static readonly Dictionary<string, Func<TokenForge, string>> Odd = new(StringComparer.Ordinal)
    {
        ["a header that is null"] = _ => "bnVsbA.e30.AAAA",
        ["a header that is null, rightly signed"] = forge => forge.OfTexts("null", forge.Claims.ToJsonString()),
        ["a header that is a number"] = _ => "MQ.e30.AAAA",
        ["a header that is a text"] = _ => "ImEi.e30.AAAA",
        ["an empty header"] = _ => "e30.e30.AAAA",
        ["a payload that is empty"] = forge => forge.OfTexts(forge.Header.ToJsonString(), "{}"),
        ["exp with a fraction"] = forge => forge.WithClaims(claims => claims["exp"] = (double)claims["exp"]! + 0.5),
        ["exp as a float without fraction"] = forge => Raw(forge, "exp", $"{(long)forge.Claims["exp"]!}.0"),
        ["exp in a list"] = forge => forge.WithClaims(claims => claims["exp"] = new JsonArray((long)claims["exp"]!)),
        ["two exp in a list"] = forge => forge.WithClaims(claims => claims["exp"] = new JsonArray((long)claims["exp"]!, 2_000_000_000)),
        ["an empty list of exp"] = forge => forge.WithClaims(claims => claims["exp"] = new JsonArray()),
        ["exp as an object"] = forge => forge.WithClaims(claims => claims["exp"] = new JsonObject()),
        ["exp that is null"] = forge => forge.WithClaims(claims => claims["exp"] = null),
        ["exp that is true"] = forge => forge.WithClaims(claims => claims["exp"] = true),
        ["exp beyond all numbers"] = forge => Raw(forge, "exp", new string('9', 40)),
        ["iat as a text of digits"] = forge => forge.WithClaims(claims => claims["iat"] = $"{(long)claims["iat"]!}"),
        ["exp as a text of digits"] = forge => forge.WithClaims(claims => claims["exp"] = $"{(long)claims["exp"]!}"),
        ["iat with a fraction"] = forge => forge.WithClaims(claims => claims["iat"] = (double)claims["iat"]! + 0.5),
        ["iat in a list"] = forge => forge.WithClaims(claims => claims["iat"] = new JsonArray(1, 2)),
        ["iat that is a text"] = forge => forge.WithClaims(claims => claims["iat"] = "today"),
        ["no iat"] = forge => forge.WithClaims(claims => claims.Remove("iat")),
        ["nbf that is a text"] = forge => forge.WithClaims(claims => claims["nbf"] = "today"),
        ["nbf in a list"] = forge => forge.WithClaims(claims => claims["nbf"] = new JsonArray(1)),
        ["two sid in a list"] = forge => forge.WithClaims(claims => claims["sid"] = new JsonArray(OtherId, (string?)claims["sid"])),
        ["two sub in a list"] = forge => forge.WithClaims(claims => claims["sub"] = new JsonArray((string?)claims["sub"], OtherId)),
        ["two client_id in a list"] = forge => forge.WithClaims(claims => claims["client_id"] = new JsonArray("a", "b")),
        ["sub that is a number"] = forge => forge.WithClaims(claims => claims["sub"] = 1),
        ["sid as an object"] = forge => forge.WithClaims(claims => claims["sid"] = new JsonObject()),
        ["an issuer that is a number"] = forge => forge.WithClaims(claims => claims["iss"] = 1),
        ["an audience as an object"] = forge => forge.WithClaims(claims => claims["aud"] = new JsonObject()),
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> OddNames() => [.. Odd.Keys];

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task An_odd_token_is_inactive_for_services_and_invalid_for_us(string oddity)
    {
        var token = Odd[oddity](await TokenForge.LoginAsync(app, "odd"));

        using var introspected = await IntrospectAsync(token);
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        var answer = await introspected.Content.ReadAsStringAsync(Ct);
        Assert.True((int)introspected.StatusCode == 200, $"{(int)introspected.StatusCode} {answer}");
        Assert.Equal("""{"active":false}""", answer);
        await WxAuthApp.AssertProblemAsync(me, 401, "token_invalid");
    }

    /// <summary>The end of time, too, is a time.</summary>
    [Fact]
    public async Task An_exp_beyond_all_dates_is_no_fault_of_the_server()
    {
        var token = Raw(await TokenForge.LoginAsync(app, "eternal"), "exp", $"{long.MaxValue}");

        using var introspected = await IntrospectAsync(token);
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token);

        Assert.Equal((200, 200), ((int)introspected.StatusCode, (int)me.StatusCode));
    }

    [Fact]
    public async Task A_good_token_is_active_and_says_the_same_as_its_claims()
    {
        var forge = await TokenForge.LoginAsync(app, "good");

        using var introspected = await IntrospectAsync(forge.Token);

        var answer = await WxAuthApp.JsonAsync(introspected);
        Assert.True((bool)answer["active"]!);
        Assert.All(
            forge.Claims, claim => Assert.True(JsonNode.DeepEquals(claim.Value, answer[claim.Key]), $"{claim.Key}: {answer[claim.Key]}"));
    }

    private static string Raw(TokenForge forge, string claim, string value) => forge.OfTexts(
        forge.Header.ToJsonString(),
        forge.Claims.ToJsonString().Replace($"\"{claim}\":", $"\"{claim}\":{value},\"was\":", StringComparison.Ordinal));

    private Task<HttpResponseMessage> IntrospectAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/introspect")
        {
            Content = new FormUrlEncodedContent([new("token", token)]),
            Headers = { Authorization = App.Credentials },
        };
        return app.Client.SendAsync(request, Ct);
    }

    public sealed class App(TestCluster cluster) : WxAuthApp(cluster)
    {
        private const string Secret = "a long random secret of the shop";

        public static AuthenticationHeaderValue Credentials { get; } =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"shop:{Secret}")));

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Introspection:Clients:0:Id", "shop"),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))),
        ];
    }
}
