using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Tokens;

public sealed class AccessTokenTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private const string InvalidToken = "Bearer error=\"invalid_token\", error_description=\"The access token is not valid\"";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private static readonly Dictionary<string, Func<TokenForge, string>> Forgeries = new(StringComparer.Ordinal)
    {
        ["payload of another user"] = forge => $"{forge.Parts[0]}.{Encode(With(forge.Claims, "sub", Guid.Empty.ToString()))}.{forge.Parts[2]}",
        ["one bit of the signature"] = forge => $"{forge.Parts[0]}.{forge.Parts[1]}.{FlipFirst(forge.Parts[2])}",
        ["half a signature"] = forge => forge.Token[..^43],
        ["no signature"] = forge => $"{forge.Parts[0]}.{forge.Parts[1]}.",
        ["a signature of zeros"] = forge => $"{forge.Parts[0]}.{forge.Parts[1]}.{Base64Url.EncodeToString(new byte[64])}",
        ["a DER signature"] = forge => forge.SignedBy(data => DerOf(forge.SignWithServerKey(data)), _ => { }),
        ["alg none"] = forge => forge.SignedBy(_ => [], header => header["alg"] = "none"),
        ["alg None with the old signature"] = forge => $"{Encode(With(forge.Header, "alg", "None"))}.{forge.Parts[1]}.{forge.Parts[2]}",
        ["no alg"] = forge => forge.WithHeader(header => header.Remove("alg")),
        ["alg in lower case"] = forge => forge.WithHeader(header => header["alg"] = "es256"),
        ["alg ES384"] = forge => forge.WithHeader(header => header["alg"] = "ES384"),
        ["alg that is a list"] = forge => forge.WithHeader(header => header["alg"] = new JsonArray("ES256")),
        ["HS256 under the public key as DER"] = forge => Hmac(forge, forge.PublicKey.ExportSubjectPublicKeyInfo()),
        ["HS256 under the public key as PEM"] = forge => Hmac(forge, Encoding.ASCII.GetBytes(forge.PublicKey.ExportSubjectPublicKeyInfoPem())),
        ["HS256 under the public key as PEM with a line end"] = forge =>
            Hmac(forge, Encoding.ASCII.GetBytes(forge.PublicKey.ExportSubjectPublicKeyInfoPem() + "\n")),
        ["HS256 under the public key as a JWK"] = forge => Hmac(forge, Encoding.ASCII.GetBytes(forge.Jwk)),
        ["HS256 under the public point"] = forge => Hmac(forge, [.. forge.PublicKey.ExportParameters(false).Q.X!, .. forge.PublicKey.ExportParameters(false).Q.Y!]),
        ["HS256 under the uncompressed public point"] = forge =>
            Hmac(forge, [4, .. forge.PublicKey.ExportParameters(false).Q.X!, .. forge.PublicKey.ExportParameters(false).Q.Y!]),
        ["HS256 under x"] = forge => Hmac(forge, forge.PublicKey.ExportParameters(false).Q.X!),
        ["HS256 under an empty secret"] = forge => Hmac(forge, []),
        ["another issuer"] = forge => forge.WithClaims(claims => claims["iss"] = "http://localhost:5081"),
        ["the issuer with a slash"] = forge => forge.WithClaims(claims => claims["iss"] = "http://localhost:5080/"),
        ["no issuer"] = forge => forge.WithClaims(claims => claims.Remove("iss")),
        ["another audience"] = forge => forge.WithClaims(claims => claims["aud"] = "other"),
        ["no audience"] = forge => forge.WithClaims(claims => claims.Remove("aud")),
        ["an unknown kid"] = forge => forge.WithHeader(header => header["kid"] = "unknown"),
        ["the kid of refresh tokens"] = forge => forge.WithHeader(header => header["kid"] = "refresh"),
        ["no kid"] = forge => forge.WithHeader(header => header.Remove("kid")),
        ["an empty kid"] = forge => forge.WithHeader(header => header["kid"] = ""),
        ["a kid with U+0000"] = forge => forge.WithHeader(header => header["kid"] = "a\0b"),
        ["a kid that is a number"] = forge => forge.WithHeader(header => header["kid"] = 1),
        ["typ JWT"] = forge => forge.WithHeader(header => header["typ"] = "JWT"),
        ["no typ"] = forge => forge.WithHeader(header => header.Remove("typ")),
        ["another key under our kid"] = forge => forge.SignedBy(SignWithNewKey, _ => { }),
        ["another key, brought along"] = forge => forge.SignedBy(SignWithNewKey, header => header["jwk"] = JsonNode.Parse(forge.Jwk)),
        ["nbf to come"] = forge => forge.WithClaims(claims => claims["nbf"] = (long)claims["iat"]! + 31),
        ["no exp"] = forge => forge.WithClaims(claims => claims.Remove("exp")),
        ["exp that is no number"] = forge => forge.WithClaims(claims => claims["exp"] = "tomorrow"),
        ["exp beyond all time"] = forge => forge.OfTexts(forge.Header.ToJsonString(), forge.Claims.ToJsonString().Replace("\"exp\":", "\"exp\":1e300,\"was\":", StringComparison.Ordinal)),
        ["no sid"] = forge => forge.WithClaims(claims => claims.Remove("sid")),
        ["a sid that is no id"] = forge => forge.WithClaims(claims => claims["sid"] = "1"),
        ["no sub"] = forge => forge.WithClaims(claims => claims.Remove("sub")),
        ["no client_id"] = forge => forge.WithClaims(claims => claims.Remove("client_id")),
        ["a header that is no JSON"] = forge => forge.OfTexts("{", forge.Claims.ToJsonString()),
        ["a header that is a list"] = forge => forge.OfTexts("[]", forge.Claims.ToJsonString()),
        ["a payload that is no JSON"] = forge => forge.OfTexts(forge.Header.ToJsonString(), "not json"),
        ["a payload that is a list"] = forge => forge.OfTexts(forge.Header.ToJsonString(), "[1]"),
        ["a payload that is null"] = forge => forge.OfTexts(forge.Header.ToJsonString(), "null"),
        ["a deep kid"] = forge => Unsigned(forge.Header.ToJsonString().Replace("\"kid\":", $"\"kid\":{Deep(5000)},\"was\":", StringComparison.Ordinal), "{}"),
        ["a deep alg"] = forge => Unsigned(forge.Header.ToJsonString().Replace("\"alg\":", $"\"alg\":{Deep(5000)},\"was\":", StringComparison.Ordinal), "{}"),
        ["a deep header"] = forge => Unsigned(forge.Header.ToJsonString().Replace("{", $"{{\"x\":{Deep(5000)},", StringComparison.Ordinal), "{}"),
        ["a deep payload"] = forge => Unsigned(forge.Header.ToJsonString(), $"{{\"exp\":{Deep(5500)}}}"),
        ["a token of 20 kB"] = forge => forge.WithClaims(claims => claims["padding"] = new string('x', 15_000)),
        ["four parts"] = forge => forge.Token + ".e30",
        ["two parts"] = forge => $"{forge.Parts[0]}.{forge.Parts[1]}",
        ["five parts"] = _ => "a.b.c.d.e",
        ["encrypted"] = forge => $"{Encode(new JsonObject { ["alg"] = "dir", ["enc"] = "A128GCM" })}..{forge.Parts[1]}.{forge.Parts[2]}.{forge.Parts[2]}",
        ["dots"] = _ => "..",
        ["a word"] = _ => "token",
        ["no base64"] = _ => "%%%.%%%.%%%",
        ["padded base64"] = forge => $"{forge.Parts[0]}.{forge.Parts[1]}.{forge.Parts[2]}==",
        ["quoted"] = forge => $"\"{forge.Token}\"",
        ["with more behind it"] = forge => $"{forge.Token}, {forge.Token}",
        ["letters beyond ASCII"] = forge => $"{forge.Token}é",
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> ForgeryNames() => [.. Forgeries.Keys];

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task A_forged_token_is_refused_whether_the_good_one_has_been_seen_or_not(string forgery)
    {
        var forge = await ForgeAsync("forged");
        var forged = Forgeries[forgery](forge);

        var before = await MeAsync($"Bearer {forged}");
        var good = await MeAsync($"Bearer {forge.Token}");
        var after = await MeAsync($"Bearer {forged}");

        Assert.Equal(200, good.Status);
        AssertRefused(before, "token_invalid", "login_again", InvalidToken);
        AssertRefused(after, "token_invalid", "login_again", InvalidToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_is_good_until_its_expiry_and_30_seconds_of_skew(bool seenBefore)
    {
        var token = await LoginAsync("expiring");
        if (seenBefore)
        {
            Assert.Equal(200, (await MeAsync($"Bearer {token}")).Status);
        }

        app.Time.Advance(Lifetime + TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        // The token of the other case is not looked at before it is too old.
        var last = seenBefore ? await MeAsync($"Bearer {token}") : null;
        app.Time.Advance(TimeSpan.FromTicks(1));
        var late = await MeAsync($"Bearer {token}");

        Assert.Equal(seenBefore ? 200 : null, last?.Status);
        AssertRefused(late, "token_expired", "refresh", "Bearer error=\"invalid_token\", error_description=\"The access token has expired\"");
    }

    [Fact]
    public async Task A_token_that_is_first_seen_within_the_skew_is_good()
    {
        var token = await LoginAsync("late");

        app.Time.Advance(Lifetime + TimeSpan.FromSeconds(29));

        Assert.Equal(200, (await MeAsync($"Bearer {token}")).Status);
    }

    [Fact]
    public async Task An_expired_token_of_another_issuer_is_not_one_to_refresh()
    {
        var forge = await ForgeAsync("expired elsewhere");
        var foreign = forge.WithClaims(claims => claims["iss"] = "http://localhost:5081");

        app.Time.Advance(Lifetime + TimeSpan.FromMinutes(1));

        AssertRefused(await MeAsync($"Bearer {foreign}"), "token_invalid", "login_again", InvalidToken);
    }

    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    [InlineData("Bearer  ")]
    public async Task The_scheme_has_no_case_and_any_number_of_blanks(string scheme)
    {
        var token = await LoginAsync("scheme");

        Assert.Equal(200, (await MeAsync($"{scheme} {token}")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Authorization: Bearer\n")]
    [InlineData("Authorization: Bearer \n")]
    [InlineData("Authorization: Basic dTpw\n")]
    [InlineData("Authorization: \n")]
    public async Task Without_a_token_the_challenge_names_no_error(string headers)
    {
        var answer = await RawHttp.SendAsync(app.Client.BaseAddress!, $"GET /api/users/me HTTP/1.1\n{headers}");

        AssertRefused(answer, "token_missing", "login_again", "Bearer");
    }

    [Fact]
    public async Task A_token_in_the_query_is_not_read()
    {
        var token = await LoginAsync("query");

        var answer = await RawHttp.SendAsync(app.Client.BaseAddress!, $"GET /api/users/me?access_token={token}&token={token} HTTP/1.1");

        AssertRefused(answer, "token_missing", "login_again", "Bearer");
    }

    [Fact]
    public async Task Two_authorization_headers_are_no_token()
    {
        var token = await LoginAsync("two headers");

        var answer = await RawHttp.SendAsync(
            app.Client.BaseAddress!, $"GET /api/users/me HTTP/1.1\nAuthorization: Bearer {token}\nAuthorization: Bearer {token}");

        AssertRefused(answer, "token_invalid", "login_again", InvalidToken);
    }

    [Fact]
    public async Task A_good_token_says_what_the_contract_promises()
    {
        var login = await app.LoginAsync("claims");
        var forge = new TokenForge(app.Services, app.Time.GetUtcNow(), (string)login["accessToken"]!);

        Assert.Equal(["alg", "kid", "typ"], forge.Header.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("ES256", "at+jwt"), ((string?)forge.Header["alg"], (string?)forge.Header["typ"]));
        var claims = forge.Claims;
        Assert.Equal(
            ["aud", "client_id", "exp", "iat", "iss", "jti", "openid", "roles", "sid", "sub"], claims.Select(claim => claim.Key).Order(StringComparer.Ordinal));
        Assert.Equal((string?)login["user"]!["id"], (string?)claims["sub"]);
        Assert.Equal((string?)login["sessionId"], (string?)claims["sid"]);
        Assert.Equal(WxAuthApp.AppId, (string?)claims["client_id"]);
        Assert.Equal(app.Time.GetUtcNow().ToUnixTimeSeconds(), (long)claims["iat"]!);
        Assert.Equal((long)claims["iat"]! + 1800, (long)claims["exp"]!);
        Assert.Empty(claims["roles"]!.AsArray());
    }

    private static void AssertRefused(RawAnswer answer, string code, string action, string challenge)
    {
        Assert.True(answer.Status == (int)HttpStatusCode.Unauthorized, $"{answer.Head}\n{answer.Body}");
        Assert.Contains("Content-Type: application/problem+json", answer.Head, StringComparison.Ordinal);
        Assert.Equal(code, (string?)answer.Json["code"]);
        Assert.Equal(action, (string?)answer.Json["action"]);
        Assert.Contains($"WWW-Authenticate: {challenge}\r\n", answer.Head + "\r\n", StringComparison.Ordinal);
    }

    private async Task<string> LoginAsync(string user) => (string)(await app.LoginAsync(user))["accessToken"]!;

    private Task<TokenForge> ForgeAsync(string user) => TokenForge.LoginAsync(app, user);

    private Task<RawAnswer> MeAsync(string authorization) =>
        RawHttp.SendAsync(app.Client.BaseAddress!, $"GET /api/users/me HTTP/1.1\nAuthorization: {authorization}");

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static JsonObject With(JsonObject json, string name, string value)
    {
        json[name] = value;
        return json;
    }

    private static string FlipFirst(string base64) => (base64[0] == 'A' ? 'B' : 'A') + base64[1..];

    private static string Hmac(TokenForge forge, byte[] secret) => forge.SignedBy(data => HMACSHA256.HashData(secret, data), header => header["alg"] = "HS256");

    private static string Unsigned(string header, string payload) =>
        $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{Base64Url.EncodeToString(new byte[64])}";

    private static string Deep(int depth) => new string('[', depth) + new string(']', depth);

    private static byte[] SignWithNewKey(byte[] data)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.SignData(data, HashAlgorithmName.SHA256);
    }

    private static byte[] DerOf(byte[] signature)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(signature.AsSpan(0, 32).TrimStart((byte)0));
            writer.WriteIntegerUnsigned(signature.AsSpan(32).TrimStart((byte)0));
        }

        return writer.Encode();
    }
}
