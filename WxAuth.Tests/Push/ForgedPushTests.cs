using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WxAuth.Infrastructure.WeChat;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Push;

/// <summary>Pushes as somebody else would send them.</summary>
public sealed class ForgedPushTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static int _nonces = 100_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tampered", "signature_invalid")]
    [InlineData("wrong_signature", "signature_invalid")]
    [InlineData("other_appid", "watermark_mismatch")]
    [InlineData("old", "signature_invalid")]
    [InlineData("young", "signature_invalid")]
    public async Task A_push_that_is_not_WeChats_or_not_of_now_changes_nothing(string fault, string code)
    {
        var person = await app.PersonAsync($"victim{fault}");
        foreach (var format in new[] { "json", "xml" })
        {
            var answer = await app.PushAsync(
                new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = person.Name, ["fault"] = fault, ["format"] = format });

            Assert.Equal(400, (int)answer["status"]!);
            Assert.Equal(code, (string?)JsonNode.Parse((string)answer["body"]!)!["code"]);
        }

        await AssertUnharmedAsync(person);
    }

    [Fact]
    public async Task A_plain_push_does_not_count_where_pushes_are_encrypted()
    {
        var person = await app.PersonAsync("plain");
        var answer = await app.PushAsync(new JsonObject { ["event"] = "user_authorization_cancellation", ["user"] = person.Name, ["mode"] = "plain" });

        Assert.Equal(400, (int)answer["status"]!);
        await AssertUnharmedAsync(person);
    }

    [Theory]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><Event>&e;</Event></xml>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]><xml><Event>&c;</Event></xml>")]
    [InlineData("<xml><Event>user_authorization_cancellation</Event>")]
    [InlineData("{\"Event\":")]
    [InlineData("")]
    [InlineData("{\"Event\":\"user_authorization_cancellation\",\"OpenID\":\"a\\u0000b\",\"CreateTime\":1}")]
    public async Task A_hostile_or_broken_body_is_refused_under_a_good_signature_too(string body)
    {
        var before = await app.ScalarAsync<long>("SELECT count(*) FROM push_messages");
        using var plain = await PostAsync(SeveralApps.SecondAppId, Query(SeveralApps.SecondPushToken), body, "text/xml");
        var encrypted = Encrypt(body);
        using var secure = await PostAsync(
            WxAuthApp.AppId, SecureQuery(encrypted), JsonSerializer.Serialize(new { Encrypt = encrypted }), "application/json");

        await WxAuthApp.AssertProblemAsync(plain, 400, "malformed_request");
        await WxAuthApp.AssertProblemAsync(secure, 400, "malformed_request");
        Assert.Equal(before, await app.ScalarAsync<long>("SELECT count(*) FROM push_messages"));
    }

    [Fact]
    public async Task Ten_megabytes_are_too_large()
    {
        using var response = await PostAsync(
            SeveralApps.SecondAppId, Query(SeveralApps.SecondPushToken), $"<xml><Event>{new string('a', 10 * 1024 * 1024)}</Event></xml>", "text/xml");

        await WxAuthApp.AssertProblemAsync(response, 413, "payload_too_large");
    }

    [Fact]
    public async Task A_message_that_does_not_decrypt_is_said_so()
    {
        const string Encrypted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        using var response = await PostAsync(WxAuthApp.AppId, SecureQuery(Encrypted), JsonSerializer.Serialize(new { Encrypt = Encrypted }), "application/json");

        await WxAuthApp.AssertProblemAsync(response, 400, "encrypted_data_invalid");
    }

    [Fact]
    public async Task A_push_that_is_sent_again_by_somebody_else_does_nothing_now_and_is_refused_later()
    {
        var person = await app.PersonAsync("replayed", SeveralApps.SecondAppId);
        var body = JsonSerializer.Serialize(new
        {
            MsgType = "event",
            Event = "user_authorization_revoke",
            OpenID = await app.OpenIdAsync(person, SeveralApps.SecondAppId),
            AppID = SeveralApps.SecondAppId,
            RevokeInfo = "6",
            CreateTime = app.Time.GetUtcNow().ToUnixTimeSeconds(),
        });
        var query = Query(SeveralApps.SecondPushToken);
        using var first = await PostAsync(SeveralApps.SecondAppId, query, body, "application/json");
        using var named = await app.SendAsync(person, HttpMethod.Patch, "api/users/me", new { nickname = "Again" });
        app.Time.Advance(TimeSpan.FromMinutes(5));
        using var replayed = await PostAsync(SeveralApps.SecondAppId, query, body, "application/json");
        app.Time.Advance(TimeSpan.FromSeconds(1));
        using var late = await PostAsync(SeveralApps.SecondAppId, query, body, "application/json");

        Assert.Equal("success", await first.Content.ReadAsStringAsync(Ct));
        Assert.Equal("success", await replayed.Content.ReadAsStringAsync(Ct));
        await WxAuthApp.AssertProblemAsync(late, 400, "signature_invalid");
        Assert.Equal("Again", (string?)(await app.MeAsync(person))["nickname"]);
    }

    [Fact]
    public async Task A_signed_address_is_good_for_one_body()
    {
        var person = await app.PersonAsync("seen address", SeveralApps.SecondAppId);
        var openId = await app.OpenIdAsync(person, SeveralApps.SecondAppId);
        var query = Query(SeveralApps.SecondPushToken);
        var body = Body("user_info_modified");
        using var first = await PostAsync(SeveralApps.SecondAppId, query, body, "application/json");
        using var again = await PostAsync(SeveralApps.SecondAppId, query, body, "application/json");
        using var other = await PostAsync(SeveralApps.SecondAppId, query, Body("user_authorization_cancellation"), "application/json");
        using var otherAgain = await PostAsync(SeveralApps.SecondAppId, query, Body("user_authorization_cancellation"), "application/json");

        Assert.Equal("success", await first.Content.ReadAsStringAsync(Ct));
        Assert.Equal("success", await again.Content.ReadAsStringAsync(Ct));
        await WxAuthApp.AssertProblemAsync(other, 400, "signature_invalid");
        await WxAuthApp.AssertProblemAsync(otherAgain, 400, "signature_invalid");
        Assert.Equal(1L, await app.ScalarAsync<long>(
            $"SELECT count(*) FROM wechat_identities WHERE user_id = '{person.UserId}' AND app_id = '{SeveralApps.SecondAppId}'"));
        Assert.Equal(1L, await app.ScalarAsync<long>(
            $"SELECT count(*) FROM audit_events WHERE user_id = '{person.UserId}' AND type = 'push_received'"));

        string Body(string name) => JsonSerializer.Serialize(new
        {
            MsgType = "event",
            Event = name,
            OpenID = openId,
            AppID = SeveralApps.SecondAppId,
            CreateTime = app.Time.GetUtcNow().ToUnixTimeSeconds(),
        });
    }

    [Theory]
    [InlineData(-301, 400)]
    [InlineData(-300, 200)]
    [InlineData(300, 200)]
    [InlineData(301, 400)]
    [InlineData(-86_400, 400)]
    public async Task A_message_that_was_made_more_than_five_minutes_away_is_refused_under_a_good_signature_of_now(int seconds, int status)
    {
        var person = await app.PersonAsync($"dated{seconds}");
        foreach (var appId in new[] { WxAuthApp.AppId, SeveralApps.SecondAppId })
        {
            var message = JsonSerializer.Serialize(new
            {
                MsgType = "event",
                Event = "user_info_modified",
                OpenID = await app.OpenIdAsync(person),
                CreateTime = app.Time.GetUtcNow().ToUnixTimeSeconds() + seconds,
            });
            var encrypted = Encrypt(message);
            using var response = appId == WxAuthApp.AppId
                ? await PostAsync(appId, SecureQuery(encrypted), JsonSerializer.Serialize(new { Encrypt = encrypted }), "application/json")
                : await PostAsync(appId, Query(SeveralApps.SecondPushToken), message, "application/json");

            Assert.Equal(status, (int)response.StatusCode);
            if (status != 200)
            {
                await WxAuthApp.AssertProblemAsync(response, 400, "signature_invalid");
            }
        }
    }

    [Theory]
    [InlineData("text/xml")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task The_content_type_does_not_matter(string? contentType)
    {
        using var response = await PostAsync(
            SeveralApps.SecondAppId, Query(SeveralApps.SecondPushToken), """{"MsgType":"event","Event":"other","MsgId":1}""", contentType);

        Assert.Equal("success", await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_address_is_proven_by_echoing()
    {
        var query = Query(SeveralApps.PushToken);
        using var good = await app.Client.GetAsync($"api/wechat/{WxAuthApp.AppId}/push?{query}&echostr=5%3Cb%3E%20x", Ct);
        using var forged = await app.Client.GetAsync($"api/wechat/{WxAuthApp.AppId}/push?{query}0&echostr=5", Ct);

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal("5<b> x", await good.Content.ReadAsStringAsync(Ct));
        Assert.Equal("text/plain", good.Content.Headers.ContentType?.MediaType);
        await WxAuthApp.AssertProblemAsync(forged, 400, "signature_invalid");
    }

    [Theory]
    [InlineData("wx0000000000000009")]
    [InlineData(SeveralApps.ThirdAppId)]
    public async Task An_app_that_takes_no_pushes_is_not_found(string appId)
    {
        using var get = await app.Client.GetAsync($"api/wechat/{appId}/push?{Query("")}&echostr=5", Ct);
        using var post = await PostAsync(appId, Query(""), "{}", "application/json");

        await WxAuthApp.AssertProblemAsync(get, 404, "not_found");
        await WxAuthApp.AssertProblemAsync(post, 404, "not_found");
    }

    private async Task AssertUnharmedAsync(Person person)
    {
        Assert.Equal(person.UserId.ToString(), (string?)(await app.MeAsync(person))["id"]);
        Assert.Equal(0L, await app.AuditedAsync(person, "push_received"));
        Assert.Equal(1L, await app.ScalarAsync<long>($"SELECT count(*) FROM wechat_identities WHERE user_id = '{person.UserId}'"));
    }

    private string Now => app.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private string Query(string token) => Query(token, NewNonce());

    private string Query(string token, string nonce) => $"signature={PushCrypto.Sign(token, Now, nonce)}&timestamp={Now}&nonce={nonce}";

    private string SecureQuery(string encrypted)
    {
        var nonce = NewNonce();
        var signature = PushCrypto.Sign(SeveralApps.PushToken, Now, nonce, encrypted);
        return $"{Query(SeveralApps.PushToken, nonce)}&encrypt_type=aes&msg_signature={signature}";
    }

    // A signed address is good for one body.
    private static string NewNonce() => Interlocked.Increment(ref _nonces).ToString(CultureInfo.InvariantCulture);

    private static string Encrypt(string message)
    {
        Assert.True(PushCrypto.TryDecodeKey(SeveralApps.PushAesKey, out var key));
        return PushCrypto.Encrypt(key, WxAuthApp.AppId, Encoding.UTF8.GetBytes(message), RandomNumberGenerator.GetBytes(16));
    }

    private Task<HttpResponseMessage> PostAsync(string appId, string query, string body, string? contentType)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return app.Client.PostAsync($"api/wechat/{appId}/push?{query}", content, Ct);
    }
}
