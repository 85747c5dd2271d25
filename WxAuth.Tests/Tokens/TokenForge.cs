using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Tests.Tokens;

/// <summary>Takes a good token apart and puts it together otherwise, with the server's own key where nothing else would get far enough.</summary>
internal sealed class TokenForge(IServiceProvider services, DateTimeOffset now, string token)
{
    private readonly EcKey _key = services.GetRequiredService<TokenKeys>().Current.SignerAt(now);

    public static async Task<TokenForge> LoginAsync(WxAuthApp app, string user) =>
        new(app.Services, app.Time.GetUtcNow(), (string)(await app.LoginAsync(user))["accessToken"]!);

    public string Token => token;

    public string[] Parts => token.Split('.');

    public JsonObject Header => Decode(Parts[0]);

    public JsonObject Claims => Decode(Parts[1]);

    /// <summary>The server's public key.</summary>
    public ECDsa PublicKey => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = Base64Url.DecodeFromChars(_key.X), Y = Base64Url.DecodeFromChars(_key.Y) },
    });

    public string Jwk => $$"""{"kty":"EC","crv":"P-256","x":"{{_key.X}}","y":"{{_key.Y}}"}""";

    /// <summary>With other claims, rightly signed.</summary>
    public string WithClaims(Action<JsonObject> change) => Sign(Header, Changed(Claims, change), SignWithServerKey);

    /// <summary>With another header, rightly signed.</summary>
    public string WithHeader(Action<JsonObject> change) => Sign(Changed(Header, change), Claims, SignWithServerKey);

    /// <summary>Another header, and a signature of the forger's.</summary>
    public string SignedBy(Func<byte[], byte[]> sign, Action<JsonObject> changeHeader) => Sign(Changed(Header, changeHeader), Claims, sign);

    /// <summary>Any two texts as header and payload, rightly signed.</summary>
    public string OfTexts(string header, string payload) => Sign(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload), SignWithServerKey);

    public byte[] SignWithServerKey(byte[] data)
    {
        var signature = new byte[64];
        _key.Sign(data, signature);
        return signature;
    }

    private static JsonObject Changed(JsonObject json, Action<JsonObject> change)
    {
        change(json);
        return json;
    }

    private static string Sign(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign) =>
        Sign(Encoding.UTF8.GetBytes(header.ToJsonString()), Encoding.UTF8.GetBytes(claims.ToJsonString()), sign);

    private static string Sign(byte[] header, byte[] payload, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static JsonObject Decode(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
}
