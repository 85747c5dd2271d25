using System.Security.Cryptography;
using System.Text;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class EncryptedDataTests : IDisposable
{
    private const string OfficialAppId = "wx4f4bc4dec97d474b";
    private const string OfficialOpenId = "oGZUI0egBJY1zhBYw2KhdUfwVJJE";
    private const string Iv = "AAAAAAAAAAAAAAAAAAAAAA==";

    private readonly WeChatHarness _weChat = new();

    public static TheoryData<string> Positive => VectorFile.IdsOf("encrypted_data.json");

    public static TheoryData<string> Negative => VectorFile.IdsOf("encrypted_data_negative.json");

    public static TheoryData<string> RawData => VectorFile.IdsOf("raw_data_signature.json");

    private SessionKeyVault Vault => _weChat.Get<SessionKeyVault>();

    public void Dispose() => _weChat.Dispose();

    [Theory]
    [MemberData(nameof(Positive))]
    public void It_opens_with_its_key(string id)
    {
        var vector = VectorFile.Get("encrypted_data.json", id);

        var payload = EncryptedData.Open(
            Encoding.ASCII.GetBytes(vector.Input("session_key")!),
            Convert.FromBase64String(vector.Input("encrypted_data")!),
            Convert.FromBase64String(vector.Input("iv")!));

        var parsed = vector.GetProperty("expected").GetProperty("parsed");
        Assert.NotNull(payload);
        Assert.Equal(vector.Input("appid"), payload.Watermark?.AppId);
        (string Name, string? Value)[] fields =
        [
            ("openId", payload.OpenId), ("nickName", payload.NickName), ("avatarUrl", payload.AvatarUrl),
            ("phoneNumber", payload.PhoneNumber), ("purePhoneNumber", payload.PurePhoneNumber), ("countryCode", payload.CountryCode),
        ];
        Assert.All(fields, field => Assert.Equal(parsed.TryGetProperty(field.Name, out var value) ? value.GetString() : null, field.Value));
    }

    [Theory]
    [MemberData(nameof(Negative))]
    public void It_is_refused_for_what_is_wrong_with_it(string id)
    {
        var vector = VectorFile.Get("encrypted_data_negative.json", id);
        var keyText = vector.Input("session_key")!;
        var expected = vector.Expected("error_class") switch
        {
            // The iv of that first one is corrupt in the same way, and is looked at first.
            "session_key_not_base64" or "data_not_base64" or "data_wrong_length" or "iv_wrong_length" => DecryptionRefusal.EncryptedDataInvalid,
            "bad_padding" or "not_utf8" or "session_key_wrong_length" => DecryptionRefusal.SessionKeyStale,
            "watermark_appid_mismatch" or "openid_mismatch" => DecryptionRefusal.WatermarkMismatch,
            var other => throw new InvalidOperationException($"A vector of class {other}."),
        };

        // WeChatHttp lets no key of another length through; what is sealed at another length does not open either.
        var outcome = Decrypt(
            vector.Input("appid") ?? OfficialAppId, vector.Input("session_openid") ?? OfficialOpenId, keyText, null, vector.Input("encrypted_data")!, vector.Input("iv")!);

        Assert.Equal(new Decrypted<UserProfile>.Refused(expected), outcome);
        Assert.Equal(!vector.Expected("error_class")!.StartsWith("session_key", StringComparison.Ordinal), SessionKeyVault.IsSessionKey(Encoding.ASCII.GetBytes(keyText)));
    }

    [Theory]
    [MemberData(nameof(RawData))]
    public void The_signature_of_rawData_is_checked(string id)
    {
        var vector = VectorFile.Get("raw_data_signature.json", id);

        var isValid = RawDataSignature.IsValid(
            Encoding.ASCII.GetBytes(vector.Input("session_key")!), vector.Input("raw_data")!, vector.Input("signature")!);

        Assert.Equal(vector.GetProperty("expected").GetProperty("valid").GetBoolean(), isValid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("75e8")]
    [InlineData("zze81ceda165f4ffa64f4068af58c64b8f54b88c")]
    public void A_signature_that_is_no_hash_is_invalid(string signature)
    {
        Assert.False(RawDataSignature.IsValid("HyVFkGl5F5OQWJZZaNzBBg=="u8, "{}", signature));
    }

    [Fact]
    public void The_previous_key_opens_what_the_current_one_does_not()
    {
        var vector = VectorFile.Get("encrypted_data.json", "ed-official-userinfo");

        var outcome = Decrypt(
            OfficialAppId, OfficialOpenId, "HyVFkGl5F5OQWJZZaNzBBg==", vector.Input("session_key"), vector.Input("encrypted_data")!, vector.Input("iv")!);

        var opened = Assert.IsType<Decrypted<UserProfile>.Opened>(outcome);
        Assert.True(opened.ByPreviousKey);
        Assert.Equal("Band", opened.Content.Nickname);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void RawData_is_checked_under_the_key_that_opened_the_data(int signer, bool isValid)
    {
        const string rawData = """{"nickName":"Band"}""";
        var vector = VectorFile.Get("encrypted_data.json", "ed-official-userinfo");
        string[] keys = [vector.Input("session_key")!, "HyVFkGl5F5OQWJZZaNzBBg=="];
#pragma warning disable CA5350 // SHA-1 is WeChat's choice.
        var signature = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(rawData + keys[signer])));
#pragma warning restore CA5350

        var outcome = _weChat.Get<IUserDataDecryptor>().DecryptProfile(new EncryptedUserData(
            OfficialAppId, OfficialOpenId, Seal(keys[1]), Seal(keys[0]), vector.Input("encrypted_data")!, vector.Input("iv")!, rawData, signature));

        Assert.Equal(
            isValid ? typeof(Decrypted<UserProfile>.Opened) : typeof(Decrypted<UserProfile>.Refused), outcome.GetType());
        Assert.True(isValid || outcome is Decrypted<UserProfile>.Refused { Refusal: DecryptionRefusal.SignatureInvalid });
    }

    [Theory]
    [InlineData("""{"purePhoneNumber":"13800138000","countryCode":86,"watermark":{"appid":"wx4f4bc4dec97d474b"}}""", "+8613800138000")]
    [InlineData("""{"phoneNumber":"+447911123456","countryCode":"44","watermark":{"appid":"wx4f4bc4dec97d474b"}}""", "+447911123456")]
    [InlineData("""{"phoneNumber":"186****5613","watermark":{"appid":"wx4f4bc4dec97d474b"}}""", null)]
    [InlineData("""{"nickName":"Band","watermark":{"appid":"wx4f4bc4dec97d474b"}}""", null)]
    public void A_phone_number_comes_out_as_E164_or_is_invalid(string json, string? expected)
    {
        var key = Convert.FromBase64String(FakeWeChat.SessionKey);

        var outcome = _weChat.Get<IUserDataDecryptor>().DecryptPhoneNumber(
            new EncryptedUserData(OfficialAppId, OfficialOpenId, Seal(FakeWeChat.SessionKey), null, Encrypt(key, Encoding.UTF8.GetBytes(json)), Iv));

        Assert.Equal(
            expected is null
                ? new Decrypted<PhoneNumber>.Refused(DecryptionRefusal.EncryptedDataInvalid)
                : new Decrypted<PhoneNumber>.Opened(new PhoneNumber(expected), ByPreviousKey: false),
            outcome);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"openId\":7}")]
    [InlineData("not JSON")]
    [InlineData("")]
    public void What_is_no_JSON_object_is_a_stale_key(string text)
    {
        var data = Encrypt(Convert.FromBase64String(FakeWeChat.SessionKey), Encoding.UTF8.GetBytes(text));

        var outcome = Decrypt(OfficialAppId, OfficialOpenId, FakeWeChat.SessionKey, null, data, Iv);

        Assert.Equal(new Decrypted<UserProfile>.Refused(DecryptionRefusal.SessionKeyStale), outcome);
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_a_stale_key_even_in_a_field_that_nobody_reads()
    {
        byte[] text = [.. """{"watermark":{"appid":"wx4f4bc4dec97d474b"},"city":"""u8, (byte)'"', 0xC3, 0x28, (byte)'"', (byte)'}'];
        var data = Encrypt(Convert.FromBase64String(FakeWeChat.SessionKey), text);

        var outcome = Decrypt(OfficialAppId, OfficialOpenId, FakeWeChat.SessionKey, null, data, Iv);

        Assert.Equal(new Decrypted<UserProfile>.Refused(DecryptionRefusal.SessionKeyStale), outcome);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("\n")]
    public void Blanks_in_base64_are_refused(string blank)
    {
        var vector = VectorFile.Get("encrypted_data.json", "ed-official-userinfo");

        var outcome = Decrypt(
            OfficialAppId, OfficialOpenId, vector.Input("session_key")!, null, vector.Input("encrypted_data")!.Insert(8, blank), vector.Input("iv")!);

        Assert.Equal(new Decrypted<UserProfile>.Refused(DecryptionRefusal.EncryptedDataInvalid), outcome);
    }

    [Fact]
    public void Without_a_watermark_it_belongs_to_nobody()
    {
        var data = Encrypt(Convert.FromBase64String(FakeWeChat.SessionKey), "{\"nickName\":\"Band\"}"u8.ToArray());

        var outcome = Decrypt(OfficialAppId, OfficialOpenId, FakeWeChat.SessionKey, null, data, Iv);

        Assert.Equal(new Decrypted<UserProfile>.Refused(DecryptionRefusal.WatermarkMismatch), outcome);
    }

    private Decrypted<UserProfile> Decrypt(string appId, string openId, string current, string? previous, string data, string iv) =>
        _weChat.Get<IUserDataDecryptor>().DecryptProfile(new EncryptedUserData(
            appId, openId, Seal(current, appId, openId), previous is null ? null : Seal(previous, appId, openId), data, iv));

    private SealedSessionKey Seal(string keyText, string appId = OfficialAppId, string openId = OfficialOpenId)
    {
        // A key that is none could not be sealed; it stands for one that cannot be opened.
        var bytes = Encoding.ASCII.GetBytes(keyText);
        return SessionKeyVault.IsSessionKey(bytes)
            ? Vault.Seal(appId, openId, bytes, _weChat.Time.GetUtcNow())
            : new SealedSessionKey(bytes, bytes, _weChat.Time.GetUtcNow());
    }

    private static string Encrypt(byte[] key, byte[] plain)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return Convert.ToBase64String(aes.EncryptCbc(plain, Convert.FromBase64String(Iv)));
    }
}
