using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using WxAuth.Api.Simulator;
using WxAuth.Api.Simulator.Push;

namespace WxAuth.Tests.Simulator;

public sealed class PushTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    // The official worked example, and one of WxJava's with Chinese in it: the length counts bytes.
    [InlineData(
        """{"demo_resp":"good luck"}""", "wxba5fad812f8e6fb9", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "707722b803182950",
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==")]
    [InlineData(
        "我是中文abcd123", "wxb11529c136998cb6", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "aaaabbbbccccdddd",
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==")]
    public void A_message_is_encrypted_as_in_the_published_examples(string message, string appId, string key, string random, string encrypted) =>
        Assert.Equal(encrypted, PushCrypto.Encrypt(message, appId, key, Encoding.ASCII.GetBytes(random)));

    [Theory]
    [InlineData("f464b24fc39322e44b38aa78f5edd27bd1441696", "AAAAA", "1714036504", "1514711492")]
    [InlineData("335b26997f05c82243aad6b10a2d1853637e71a8", "weixin", "1357982061", "1358161344")]
    [InlineData(
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", "AAAAA", "1713424427", "415670741",
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==")]
    public void The_parts_are_signed_as_in_the_published_examples(string signature, params string[] parts) =>
        Assert.Equal(signature, PushCrypto.Sign(parts));

    [Fact]
    public async Task A_secure_event_in_json_opens_and_is_well_signed()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;
        var (openId, _) = await wechat.SessionAsync("alice");

        var answer = await PushAsync(wechat, new { @event = "user_authorization_revoke", user = "alice", revokeInfo = "6,8" });

        var push = Assert.Single(received);
        var envelope = JsonElement.Parse(push.Body);
        var (message, appId) = Decrypt(envelope.GetProperty("Encrypt").GetString()!);
        var fields = JsonElement.Parse(message);
        Assert.Equal("""{"status":200,"body":"success","tries":1,"deliveries":[{"status":200,"body":"success","tries":1}]}""", answer.GetRawText());
        Assert.Equal("POST /api/wechat/" + SimulatorDefaults.AppId + "/push", push.Target);
        Assert.Equal(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"]), push["signature"]);
        Assert.Equal(
            Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"], envelope.GetProperty("Encrypt").GetString()!), push["msg_signature"]);
        Assert.Equal(("aes", "1767254400"), (push["encrypt_type"], push["timestamp"]));
        Assert.Equal(SimulatorDefaults.AppId, appId);
        Assert.Equal(
            ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "OpenID", "AppID", "RevokeInfo"],
            fields.EnumerateObject().Select(member => member.Name));
        Assert.Equal(openId, fields.GetProperty("OpenID").GetString());
        Assert.NotEqual(openId, fields.GetProperty("FromUserName").GetString());
        Assert.Equal(1767254400, fields.GetProperty("CreateTime").GetInt64());
        Assert.Equal("6,8", fields.GetProperty("RevokeInfo").GetString());
    }

    [Fact]
    public async Task A_secure_event_in_xml_opens()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_authorization_cancellation", user = "alice", format = "xml" });

        var push = Assert.Single(received);
        var (message, _) = Decrypt(XDocument.Parse(push.Body).Root!.Element("Encrypt")!.Value);
        Assert.StartsWith("text/xml", push.ContentType, StringComparison.Ordinal);
        Assert.Equal("user_authorization_cancellation", XDocument.Parse(message).Root!.Element("Event")!.Value);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task A_plain_event_has_no_signature_over_its_body(string format)
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", mode = "plain", format });

        var push = Assert.Single(received);
        Assert.Contains("user_info_modified", push.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenID", push.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("msg_signature", push.Query.Keys);
    }

    [Fact]
    public async Task The_check_of_the_url_is_a_signed_get_with_an_echo()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "verify" });

        var push = Assert.Single(received);
        Assert.StartsWith("GET ", push.Target, StringComparison.Ordinal);
        Assert.Equal(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"]), push["signature"]);
        Assert.Matches("^[0-9]{19}$", push["echostr"]);
    }

    [Fact]
    public async Task A_duplicate_is_the_same_message_under_another_nonce()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        var answer = await PushAsync(wechat, new { @event = "user_info_modified", user = "alice", fault = "duplicate" });

        var messages = received.Select(push => Decrypt(JsonElement.Parse(push.Body).GetProperty("Encrypt").GetString()!).Message).ToArray();
        Assert.Equal(2, answer.GetProperty("deliveries").GetArrayLength());
        Assert.Equal(2, messages.Length);
        Assert.Single(messages.Distinct());
        Assert.Distinct(received.Select(push => push["nonce"]));
    }

    [Theory]
    [InlineData("old", -600)]
    [InlineData("young", 600)]
    public async Task An_event_can_be_old_or_young(string fault, int seconds)
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", fault });

        Assert.Equal((1767254400 + seconds).ToString(), Assert.Single(received)["timestamp"]);
    }

    [Fact]
    public async Task An_event_can_be_overtaken_by_a_later_one()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", mode = "plain", ageSeconds = 60 });

        var push = Assert.Single(received);
        Assert.Equal("1767254400", push["timestamp"]);
        Assert.Equal(1767254340, JsonElement.Parse(push.Body).GetProperty("CreateTime").GetInt64());
    }

    [Fact]
    public async Task A_tampered_event_no_longer_fits_its_signature()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", fault = "tampered" });

        var push = Assert.Single(received);
        var encrypted = JsonElement.Parse(push.Body).GetProperty("Encrypt").GetString()!;
        Assert.Equal(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"]), push["signature"]);
        Assert.NotEqual(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"], encrypted), push["msg_signature"]);
    }

    [Fact]
    public async Task An_event_for_another_app_is_well_signed_and_names_the_other_app()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", fault = "other_appid" });

        var push = Assert.Single(received);
        var encrypted = JsonElement.Parse(push.Body).GetProperty("Encrypt").GetString()!;
        Assert.Equal(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"], encrypted), push["msg_signature"]);
        Assert.Equal("wx0000000000000000", Decrypt(encrypted).AppId);
    }

    [Fact]
    public async Task A_wrong_signature_is_wrong_in_both_places()
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        await PushAsync(wechat, new { @event = "user_info_modified", fault = "wrong_signature" });

        var push = Assert.Single(received);
        var encrypted = JsonElement.Parse(push.Body).GetProperty("Encrypt").GetString()!;
        Assert.NotEqual(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"]), push["signature"]);
        Assert.NotEqual(Sha1(SimulatorDefaults.PushToken, push["timestamp"], push["nonce"], encrypted), push["msg_signature"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_receiver_that_does_not_answer_within_five_seconds_is_tried_three_times()
    {
        var (received, wechat) = await StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var host = wechat;

        var push = PushAsync(wechat, new { @event = "user_info_modified" });
        for (var tries = 0; tries < 3; tries++)
        {
            await wechat.Time.WhenTimerIsSetAsync(TimeSpan.FromSeconds(5), Ct);
            wechat.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal("""{"tries":3,"deliveries":[{"tries":3}]}""", (await push).GetRawText());
        Assert.InRange(received.Count, 0, 3);
    }

    [Theory]
    [InlineData("""{"event":"user_info_modified","url":"http://192.0.2.1/push"}""")]
    [InlineData("""{"event":"user_info_modified","url":"http://localhost.example.com/push"}""")]
    [InlineData("""{"event":"user_info_modified","url":"http://169.254.169.254/"}""")]
    [InlineData("""{"event":"user_info_modified","url":"http://0.0.0.0/"}""")]
    [InlineData("""{"event":"user_info_modified","url":"file:///etc/hostname"}""")]
    [InlineData("""{"event":"user_info_modified","url":"/push"}""")]
    [InlineData("""{"event":"user_info_modified","appId":"wx9"}""")]
    [InlineData("""{"event":"user_info_modified","format":"yaml"}""")]
    [InlineData("""{"event":"user_info_modified","mode":"compatible"}""")]
    [InlineData("""{"event":"user_info_modified","fault":"late"}""")]
    [InlineData("""{"event":"user_info_modified","mode":"plain","fault":"tampered"}""")]
    [InlineData("""{"event":"user_info_modified","times":21}""")]
    [InlineData("""{"event":"user_info_modified","ageSeconds":-1}""")]
    [InlineData("""{"event":"user_authorization_revoke"}""")]
    [InlineData("""{"event":"weather"}""")]
    [InlineData("{}")]
    public async Task A_wrong_request_is_told_why_and_sends_nothing(string body)
    {
        var (received, wechat) = await StartAsync();
        await using var host = wechat;

        using var response = await wechat.Client.PostAsync("simulator/push", new StringContent(body), Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty((await response.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("message").GetString()!);
        Assert.Empty(received);
    }

    private static async Task<(ConcurrentQueue<ReceivedPush> Received, SimulatorHost Host)> StartAsync(Func<HttpContext, Task>? before = null)
    {
        var received = new ConcurrentQueue<ReceivedPush>();
        var host = await SimulatorHost.StartAsync(map: app => app.Map("/api/wechat/{appId}/push", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            received.Enqueue(new ReceivedPush(
                $"{context.Request.Method} {context.Request.Path}",
                context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal),
                context.Request.ContentType ?? "",
                await reader.ReadToEndAsync(context.RequestAborted)));
            await (before?.Invoke(context) ?? Task.CompletedTask);
            return "success";
        }));
        return (received, host);
    }

    private static Task<JsonElement> PushAsync(SimulatorHost wechat, object push) => wechat.PostAsync("push", push);

    // The receiver's side, written anew: 16 random bytes, length, message, AppID; padded to 32 bytes.
    private static (string Message, string AppId) Decrypt(string encrypted)
    {
        using var aes = Aes.Create();
        aes.Key = Convert.FromBase64String(SimulatorDefaults.PushAesKey + "=");
        var padded = aes.DecryptCbc(Convert.FromBase64String(encrypted), aes.Key.AsSpan(0, 16), PaddingMode.None);
        var content = padded.AsSpan(0, padded.Length - padded[^1]);
        var length = BinaryPrimitives.ReadInt32BigEndian(content[16..20]);
        Assert.Equal(0, padded.Length % 32);
        return (Encoding.UTF8.GetString(content.Slice(20, length)), Encoding.UTF8.GetString(content[(20 + length)..]));
    }

#pragma warning disable CA5350 // The algorithm is WeChat's choice.
    private static string Sha1(params string[] parts)
    {
        Array.Sort(parts, StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(string.Concat(parts))));
    }
#pragma warning restore CA5350

    private sealed record ReceivedPush(string Target, Dictionary<string, string> Query, string ContentType, string Body)
    {
        public string this[string name] => Query[name];
    }
}
