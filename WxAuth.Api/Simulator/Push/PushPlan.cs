using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace WxAuth.Api.Simulator.Push;

/// <summary>A push that was checked and can be sent.</summary>
internal sealed record PushPlan(SimulatedApp App, Uri Url, string Event, string? OpenId, string RevokeInfo, bool Xml, bool Secure, string? Fault, int Times, TimeSpan Age)
{
    public const string Verify = "verify";
    private const string Revoke = "user_authorization_revoke";
    private const int MostTimes = 20;
    private const int MostAge = 86_400;

    private static readonly string[] Events = ["user_info_modified", Revoke, "user_authorization_cancellation", Verify];
    private static readonly string[] Faults = ["tampered", "wrong_signature", "other_appid", "duplicate", "old", "young"];

    /// <returns>The push, or a sentence that says what is wrong with the request.</returns>
    public static (PushPlan? Plan, string? Problem) From(PushRequest request, SimulatedApps apps, HttpRequest http)
    {
        if (apps.FindOrDefault(request.AppId) is not { PushToken: not null } app)
        {
            return (null, "appId is not an app of the simulator, or the app has no PushToken.");
        }

        var problem = (request.Event is null || !Events.Contains(request.Event, StringComparer.Ordinal) ? $"event must be one of {string.Join(", ", Events)}." : null)
            ?? (request.Format is null or "json" or "xml" ? null : "format must be json or xml.")
            ?? (request.Mode is null or "plain" or "secure" ? null : "mode must be plain or secure.")
            ?? (request.Mode is "secure" && app.PushAesKey is null ? "mode cannot be secure: the app has no PushAesKey." : null)
            ?? (request.Fault is null || Faults.Contains(request.Fault, StringComparer.Ordinal) ? null : $"fault must be one of {string.Join(", ", Faults)}.")
            ?? (request.Times is < 1 or > MostTimes ? $"times must be 1 to {MostTimes}." : null)
            ?? (request.AgeSeconds is < 0 or > MostAge ? $"ageSeconds must be 0 to {MostAge}." : null)
            ?? (request.User is null || SimulatedIdentity.IsUserName(request.User) ? null : "user must be 1 to 64 characters.")
            ?? (request.User is null && request.Event is not ("user_info_modified" or Verify) ? $"{request.Event} needs user." : null);
        if (problem is not null)
        {
            return (null, problem);
        }

        var secure = request.Mode is "secure" || (request.Mode is null && app.PushAesKey is not null);
        if (request.Fault is "tampered" && (!secure || request.Event is Verify))
        {
            return (null, "fault tampered needs mode secure: nothing covers a plain body.");
        }

        var url = request.Url ?? $"{http.Scheme}://{http.Host}{http.PathBase}/api/wechat/{Uri.EscapeDataString(app.AppId)}/push";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var target) || !IsLoopback(target))
        {
            return (null, "url must be http or https on a loopback address.");
        }

        return (new PushPlan(
            app, target, request.Event!, request.User is null ? null : SimulatedIdentity.OpenId(app.AppId, request.User),
            request.RevokeInfo ?? "6", request.Format is "xml", secure, request.Fault,
            request.Times ?? (request.Fault is "duplicate" ? 2 : 1), TimeSpan.FromSeconds(request.AgeSeconds ?? 0)), null);
    }

    /// <summary>The time that the request says it was made at.</summary>
    public DateTimeOffset TimeOf(DateTimeOffset now) => Fault switch
    {
        "old" => now - TimeSpan.FromMinutes(10),
        "young" => now + TimeSpan.FromMinutes(10),
        _ => now,
    };

    /// <summary>The event as text.</summary>
    public string Message(DateTimeOffset time)
    {
        List<KeyValuePair<string, object>> members =
        [
            new("ToUserName", SimulatedIdentity.OriginalId(App.AppId)),
            new("FromUserName", SimulatedIdentity.PushSender(App.AppId)),
            new("CreateTime", time.ToUnixTimeSeconds()),
            new("MsgType", "event"),
            new("Event", Event),
        ];
        if (OpenId is not null)
        {
            members.Add(new("OpenID", OpenId));
        }

        members.Add(new("AppID", NamedAppId));
        if (Event is Revoke)
        {
            members.Add(new("RevokeInfo", RevokeInfo));
        }

        return PushMessage.Write(members, Xml);
    }

    /// <summary>One delivery: signed, and encrypted in secure mode. The nonce is a new one each time.</summary>
    public HttpRequestMessage Request(string message, DateTimeOffset time)
    {
        var timestamp = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var nonce = RandomNumberGenerator.GetInt32(100_000_000, int.MaxValue).ToString(CultureInfo.InvariantCulture);
        var query = $"signature={Signature(App.PushToken!, timestamp, nonce)}&timestamp={timestamp}&nonce={nonce}";
        if (Event is Verify)
        {
            return new HttpRequestMessage(HttpMethod.Get, WithQuery($"{query}&echostr={RandomNumberGenerator.GetString("0123456789", 19)}"));
        }

        query += $"&openid={Uri.EscapeDataString(SimulatedIdentity.PushSender(App.AppId))}";
        var body = message;
        if (Secure)
        {
            var encrypted = PushCrypto.Encrypt(message, NamedAppId, App.PushAesKey!, RandomNumberGenerator.GetBytes(16));
            query += $"&encrypt_type=aes&msg_signature={Signature(App.PushToken!, timestamp, nonce, encrypted)}";
            body = PushMessage.Write(
                [new("ToUserName", SimulatedIdentity.OriginalId(App.AppId)), new("Encrypt", Fault is "tampered" ? Tamper(encrypted) : encrypted)], Xml);
        }

        return new HttpRequestMessage(HttpMethod.Post, WithQuery(query))
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, Xml ? "text/xml" : "application/json"),
        };
    }

    private string NamedAppId => Fault is "other_appid" ? "wx0000000000000000" : App.AppId;

    private string Signature(params IEnumerable<string> parts)
    {
        var signature = PushCrypto.Sign(parts);
        return Fault is "wrong_signature" ? (signature[0] is '0' ? "1" : "0") + signature[1..] : signature;
    }

    private static string Tamper(string encrypted) => string.Concat(encrypted[0] is 'A' ? "B" : "A", encrypted.AsSpan(1));

    private Uri WithQuery(string query) => new UriBuilder(Url) { Query = query }.Uri;

    // Whoever can reach a developer's machine must not be able to send requests from it.
    private static bool IsLoopback(Uri url) =>
        (string.Equals(url.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal) || string.Equals(url.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal))
        && url.UserInfo.Length == 0
        && (string.Equals(url.DnsSafeHost, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address)));
}
