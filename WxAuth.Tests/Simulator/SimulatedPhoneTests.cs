using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using WxAuth.Api.Simulator.Phone;

namespace WxAuth.Tests.Simulator;

public sealed class SimulatedPhoneTests
{
    [Theory]
    // The official example, and one with Chinese in it (JeffreySu/WeiXinMPSDK, EncryptHelperTests).
    [InlineData(
        """{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}""",
        "HyVFkGl5F5OQWJZZaNzBBg==",
        "75e81ceda165f4ffa64f4068af58c64b8f54b88c")]
    [InlineData(
        """{"nickName":"苏震巍","gender":1,"language":"zh_CN","city":"Suzhou","province":"Jiangsu","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/PiajxSqBRaEKXyjX4N6I5Vx1aeiaBeJ2iaTLy15n0HgvjNbWEpKA3ZbdgXkOhWK7OH8iar3iaLxsZia5Ha4DnRPlMerw/0"}""",
        "jCdFs2HMx+A9Dr9lhMJKxA==",
        "2d65ebea7c7f500bfb874b71569a591047452d38")]
    public void Raw_data_is_signed_as_in_the_published_examples(string rawData, string sessionKey, string signature) =>
        Assert.Equal(signature, OpenData.Sign(rawData, sessionKey));

    [Fact]
    public async Task User_info_opens_under_the_session_key_and_names_the_user()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("爱丽丝 🐼");

        var info = await wechat.GetAsync($"wx/get-user-info?user={Uri.EscapeDataString("爱丽丝 🐼")}");

        var rawData = info.GetProperty("rawData").GetString()!;
        var data = Decrypt(info, key);
        Assert.Equal(Sha1(rawData + key), info.GetProperty("signature").GetString());
        Assert.Contains("\"nickName\":\"爱丽丝 ", rawData, StringComparison.Ordinal);
        // The members of the official demo, unionId aside: this app is bound to no Open Platform account.
        Assert.Equal(
            ["openId", "nickName", "gender", "language", "city", "province", "country", "avatarUrl", "watermark"],
            data.EnumerateObject().Select(member => member.Name));
        Assert.Equal(openId, data.GetProperty("openId").GetString());
        Assert.Equal("爱丽丝 🐼", data.GetProperty("nickName").GetString());
        Assert.StartsWith("https://", data.GetProperty("avatarUrl").GetString(), StringComparison.Ordinal);
        Assert.Equal(SimulatorHost.First.AppId, data.GetProperty("watermark").GetProperty("appid").GetString());
    }

    [Fact]
    public async Task User_info_names_the_unionid_of_a_bound_app()
    {
        await using var wechat = await SimulatorHost.StartAsync(options => options.Apps.Add(SimulatorHost.First with { OpenPlatform = "one" }));
        var session = await wechat.ExchangeAsync(await wechat.LoginCodeAsync("alice"));

        var data = Decrypt(await wechat.GetAsync("wx/get-user-info?user=alice"), session.GetProperty("session_key").GetString()!);

        Assert.Equal(session.GetProperty("unionid").GetString(), data.GetProperty("unionId").GetString());
    }

    [Fact]
    public async Task Anonymous_user_info_has_the_placeholder_and_the_real_openid()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (openId, key) = await wechat.SessionAsync("alice");

        var data = Decrypt(await wechat.GetAsync("wx/get-user-info?user=alice&profile=anonymous"), key);

        Assert.Equal("微信用户", data.GetProperty("nickName").GetString());
        Assert.Equal("", data.GetProperty("city").GetString());
        Assert.Equal(openId, data.GetProperty("openId").GetString());
    }

    [Fact]
    public async Task Data_is_encrypted_under_the_key_that_is_current_when_it_is_made()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (_, key) = await wechat.SessionAsync("alice");
        var early = await wechat.GetAsync("wx/get-user-info?user=alice");
        await wechat.FaultAsync(new { kind = "rotate_session_key", user = "alice" });

        var (_, renewed) = await wechat.SessionAsync("alice");
        var late = await wechat.GetAsync("wx/get-user-info?user=alice");

        Assert.NotEqual(key, renewed);
        Assert.Equal("alice", Decrypt(early, key).GetProperty("nickName").GetString());
        Assert.Equal("alice", Decrypt(late, renewed).GetProperty("nickName").GetString());
    }

    [Fact]
    public async Task The_older_phone_data_hold_the_number_that_the_code_gives()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (_, key) = await wechat.SessionAsync("alice");

        var phone = await wechat.GetAsync("wx/get-phone-number?user=alice");

        var data = Decrypt(phone, key);
        var byCode = await wechat.PostAsync(
            $"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}", new { code = phone.GetProperty("code").GetString() });
        Assert.Equal(["phoneNumber", "purePhoneNumber", "countryCode", "watermark"], data.EnumerateObject().Select(member => member.Name));
        Assert.Equal(byCode.GetProperty("phone_info").GetProperty("phoneNumber").GetString(), data.GetProperty("phoneNumber").GetString());
        Assert.Equal("86", data.GetProperty("countryCode").GetString());
    }

    [Theory]
    [InlineData("wx/login")]
    [InlineData("wx/login?user=")]
    [InlineData("wx/login?user=12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("wx/login?user=alice&appId=wx9")]
    [InlineData("wx/get-user-info?user=alice&profile=full")]
    [InlineData("wx/get-phone-number?user=")]
    public async Task A_wrong_request_is_told_why(string path)
    {
        await using var wechat = await SimulatorHost.StartAsync();

        using var response = await wechat.Client.GetAsync($"simulator/{path}", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Matches("""^\{"message":".+"\}$""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_name_is_measured_in_code_points()
    {
        await using var wechat = await SimulatorHost.StartAsync();

        var code = await wechat.LoginCodeAsync(string.Concat(Enumerable.Repeat("🐼", 64)));

        Assert.Equal(0, SimulatorHost.Errcode(await wechat.ExchangeAsync(code)));
    }

    private static JsonElement Decrypt(JsonElement data, string sessionKey)
    {
        using var aes = Aes.Create();
        aes.Key = Convert.FromBase64String(sessionKey);
        var text = aes.DecryptCbc(data.GetProperty("encryptedData").GetBytesFromBase64(), data.GetProperty("iv").GetBytesFromBase64());
        return JsonElement.Parse(text);
    }

#pragma warning disable CA5350 // The algorithm is WeChat's choice.
    private static string Sha1(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
