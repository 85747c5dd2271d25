using System.Text;
using System.Text.Json;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class PushTests
{
    public static TheoryData<string> Verifications => Of("url_verification");

    public static TheoryData<string> Decryptions => Of("decrypt");

    public static TheoryData<string> Encryptions => Of("encrypt");

    public static TheoryData<string> Events => VectorFile.IdsOf("user_events.json");

    [Theory]
    [MemberData(nameof(Verifications))]
    public void A_request_to_verify_the_URL_is_checked(string id)
    {
        var vector = VectorFile.Get("message_push.json", id);
        using var weChat = WeChatOf(vector, aesKey: null);
        var reader = weChat.Get<IPushReader>();
        var (timestamp, nonce) = (vector.Input("timestamp"), vector.Input("nonce"));

        Assert.True(reader.IsSigned(WeChatHarness.AppId, vector.Input("signature"), timestamp, nonce));
        Assert.False(reader.IsSigned(WeChatHarness.AppId, vector.Input("signature"), timestamp, nonce + "0"));
        Assert.False(reader.IsSigned(WeChatHarness.AppId, null, timestamp, nonce));
        Assert.False(reader.IsSigned("wxother", vector.Input("signature"), timestamp, nonce));
    }

    [Theory]
    [MemberData(nameof(Decryptions))]
    public void A_push_is_read_or_refused(string id)
    {
        var vector = VectorFile.Get("message_push.json", id);
        var appId = vector.Input("appid")!;
        using var weChat = WeChatOf(vector, vector.Input("encoding_aes_key"), appId);
        var body = JsonSerializer.SerializeToUtf8Bytes(new { ToUserName = "gh_97417a04a28d", Encrypt = vector.Input("encrypt") });

        var reading = weChat.Get<IPushReader>().Read(
            appId, new PushRequest(vector.Input("url_signature"), vector.Input("msg_signature"), vector.Input("timestamp"), vector.Input("nonce"), body));

        switch (vector.Expected("reason"))
        {
            case null:
                Assert.IsType<PushReading.Read>(reading);
                Assert.True(PushCrypto.TryDecodeKey(vector.Input("encoding_aes_key"), out var key));
                var decrypted = PushCrypto.Decrypt(key, vector.Input("encrypt")!);
                Assert.Equal(vector.Expected("msg"), Encoding.UTF8.GetString(decrypted!.Value.Message));
                Assert.Equal(vector.Expected("appid"), decrypted.Value.AppId);
                break;
            case "msg_signature_mismatch":
                Assert.Equal(new PushReading.Refused(PushRefusal.SignatureInvalid), reading);
                break;
            case "appid_mismatch":
                Assert.Equal(new PushReading.Refused(PushRefusal.AppMismatch), reading);
                break;
            case var other:
                Assert.Fail($"A vector with reason {other}.");
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Encryptions))]
    public void What_we_encrypt_is_what_WeChat_expects(string id)
    {
        var vector = VectorFile.Get("message_push.json", id);
        Assert.True(PushCrypto.TryDecodeKey(vector.Input("encoding_aes_key"), out var key));

        var encrypted = PushCrypto.Encrypt(
            key, vector.Input("appid")!, Encoding.UTF8.GetBytes(vector.Input("msg")!), Encoding.UTF8.GetBytes(vector.Input("random16")!));

        Assert.Equal(vector.Expected("encrypt"), encrypted);
        if (vector.Expected("msg_signature") is { } signature)
        {
            Assert.Equal(signature, PushCrypto.Sign(vector.Input("token")!, vector.Input("timestamp")!, vector.Input("nonce")!, encrypted));
        }
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void A_user_event_is_understood(string id)
    {
        var vector = VectorFile.Get("user_events.json", id);
        var expected = vector.GetProperty("expected");

        var message = PushMessage.Parse(Encoding.UTF8.GetBytes(vector.Input("body")!))?.ToEvent();

        Assert.NotNull(message);
        Assert.Equal("event", message.MsgType);
        Assert.Equal(vector.Expected("event"), message.Event);
        Assert.Equal(vector.Expected("openid"), message.OpenId);
        Assert.Equal(vector.Expected("appid"), message.AppId);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(expected.GetProperty("create_time").GetInt64()), message.CreateTime);
        Assert.Equal(
            expected.GetProperty("revoke_info").EnumerateArray().Select(scope => scope.GetString()),
            message.RevokedScopes.Select(scope => $"{scope}"),
            StringComparer.Ordinal);
        Assert.Equal(vector.Expected("plugin_appid"), message.PluginAppId);
        Assert.Equal(vector.Expected("openpid"), message.OpenPid);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("b")]
    [InlineData("_")]
    public void The_parts_are_sorted_by_their_bytes(string token)
    {
        var sorted = string.Concat(new[] { token, "1", "a" }.OrderBy(part => part[0]));

        Assert.Equal(PushCrypto.Sign(sorted), PushCrypto.Sign(token, "1", "a"));
    }

    [Fact]
    public void With_a_key_a_plain_push_is_refused_even_under_a_good_signature_of_the_URL()
    {
        var vector = VectorFile.Get("message_push.json", "mp-official-secure-post");
        var appId = vector.Input("appid")!;
        using var weChat = WeChatOf(vector, vector.Input("encoding_aes_key"), appId);
        var request = new PushRequest(vector.Input("url_signature"), vector.Input("msg_signature"), vector.Input("timestamp"), vector.Input("nonce"), """{"MsgType":"event"}"""u8.ToArray());

        Assert.Equal(new PushReading.Refused(PushRefusal.SignatureInvalid), weChat.Get<IPushReader>().Read(appId, request));
    }

    [Fact]
    public void Without_a_key_a_plain_push_counts_under_the_signature_of_the_URL_and_for_its_app_alone()
    {
        var vector = VectorFile.Get("message_push.json", "mp-official-secure-post");
        using var weChat = WeChatOf(vector, aesKey: null);
        var reader = weChat.Get<IPushReader>();
        var request = new PushRequest(vector.Input("url_signature"), null, vector.Input("timestamp"), vector.Input("nonce"), """{"MsgType":"event","MsgId":7}"""u8.ToArray());

        Assert.Equal("7", Assert.IsType<PushReading.Read>(reader.Read(WeChatHarness.AppId, request)).Event.MsgId);
        Assert.Equal(new PushReading.Refused(PushRefusal.SignatureInvalid), reader.Read(WeChatHarness.AppId, request with { Nonce = "1" }));
        Assert.Equal(new PushReading.Refused(PushRefusal.SignatureInvalid), reader.Read(WeChatHarness.AppId, request with { Signature = null }));
        Assert.Equal(new PushReading.Refused(PushRefusal.Malformed), reader.Read(WeChatHarness.AppId, request with { Body = "hello"u8.ToArray() }));
        Assert.Equal(new PushReading.Refused(PushRefusal.AppMismatch), reader.Read(WeChatHarness.AppId, request with { Body = """{"AppID":"wx2"}"""u8.ToArray() }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("not base64")]
    public void What_does_not_decrypt_is_said_so_under_a_good_signature(string encrypted)
    {
        var vector = VectorFile.Get("message_push.json", "mp-official-secure-post");
        var appId = vector.Input("appid")!;
        using var weChat = WeChatOf(vector, vector.Input("encoding_aes_key"), appId);
        var signature = PushCrypto.Sign(vector.Input("token")!, "1", "2", encrypted);
        var body = JsonSerializer.SerializeToUtf8Bytes(new { Encrypt = encrypted });

        var reading = weChat.Get<IPushReader>().Read(appId, new PushRequest(null, signature, "1", "2", body));

        // An empty message is none: there is nothing that the signature could be over.
        Assert.Equal(new PushReading.Refused(encrypted.Length == 0 ? PushRefusal.SignatureInvalid : PushRefusal.EncryptedDataInvalid), reading);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_of_another_shape_is_none(string? encodingAesKey)
    {
        Assert.False(PushCrypto.TryDecodeKey(encodingAesKey, out _));
    }

    [Theory]
    [InlineData("1", new[] { 1 })]
    [InlineData("1,6", new[] { 1, 6 })]
    [InlineData("[1|6;6 20]", new[] { 1, 6, 20 })]
    [InlineData("", new int[0])]
    [InlineData("none", new int[0])]
    [InlineData("99999999999999999999,8", new[] { 8 })]
    public void Revoked_scopes_are_split_at_whatever_is_no_digit(string revokeInfo, int[] scopes)
    {
        var message = PushMessage.Parse(JsonSerializer.SerializeToUtf8Bytes(new { RevokeInfo = revokeInfo }));

        Assert.Equal(scopes, message?.ToEvent().RevokedScopes);
    }

    [Fact]
    public void Names_are_compared_trimmed_and_without_case_and_values_trimmed()
    {
        var message = PushMessage.Parse("""{" openid ":" o1 ","OPENPID":"G7 es","Extra":{"AppID":"no"},"createtime":"1627359464"}"""u8)?.ToEvent();

        Assert.NotNull(message);
        Assert.Equal(("o1", "G7es", null, 1627359464L), (message.OpenId, message.OpenPid, message.AppId, message.CreateTime?.ToUnixTimeSeconds()));
    }

    [Theory]
    [InlineData("<xml><a>")]
    [InlineData("<xml/>")]
    [InlineData("<xml><Event>x</Event></xml><more/>")]
    [InlineData("<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><Event>&e;</Event></xml>")]
    [InlineData("<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml><Event>&b;</Event></xml>")]
    [InlineData("{\"Event\":\"x\"")]
    [InlineData("{\"Event\":\"x\"} more")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("Event=x")]
    public void A_broken_or_hostile_body_is_no_message(string body)
    {
        Assert.Null(PushMessage.Parse(Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    public void XML_is_read_with_its_whitespace_and_nested_elements()
    {
        var message = PushMessage.Parse("""
            <?xml version="1.0" encoding="utf-8"?>
            <!-- a comment -->
            <xml><MsgType> event </MsgType><Nested><AppID>no</AppID></Nested><Empty/><Event><![CDATA[a]]>b</Event>
            <OpenID>o1</OpenID></xml>
            """u8)?.ToEvent();

        Assert.NotNull(message);
        Assert.Equal(("event", "ab", "o1", null), (message.MsgType, message.Event, message.OpenId, message.AppId));
    }

    [Fact]
    public void An_app_without_a_PushToken_takes_no_pushes()
    {
        using var weChat = new WeChatHarness();
        var reader = weChat.Get<IPushReader>();

        Assert.False(reader.TakesPushes(WeChatHarness.AppId));
        Assert.False(reader.TakesPushes("wxother"));
    }

    private static TheoryData<string> Of(string op) => VectorFile.IdsOf("message_push.json", vector => vector.GetProperty("op").GetString() == op);

    private static WeChatHarness WeChatOf(JsonElement vector, string? aesKey, string appId = WeChatHarness.AppId) =>
        new(null, ("Apps:0:AppId", appId), ("Apps:0:PushToken", vector.Input("token")!), ("Apps:0:PushAesKey", aesKey ?? ""));
}
