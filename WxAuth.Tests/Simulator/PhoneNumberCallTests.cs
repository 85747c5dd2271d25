using System.Text.Json;

namespace WxAuth.Tests.Simulator;

public sealed class PhoneNumberCallTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_phone_code_becomes_the_number_once()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var path = $"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}";
        var code = await wechat.PhoneCodeAsync("alice");

        var reply = await wechat.PostAsync(path, new { code });
        var again = await wechat.PostAsync(path, new { code });

        var phone = reply.GetProperty("phone_info");
        Assert.Matches("^[0-9a-f]{64}$", code);
        Assert.Matches("^13[0-9]{9}$", phone.GetProperty("phoneNumber").GetString());
        Assert.Equal(phone.GetProperty("phoneNumber").GetString(), phone.GetProperty("purePhoneNumber").GetString());
        Assert.Equal(JsonValueKind.Number, phone.GetProperty("countryCode").ValueKind);
        Assert.Equal($$"""{"timestamp":1767254400,"appid":"{{SimulatorHost.First.AppId}}"}""", phone.GetProperty("watermark").GetRawText());
        Assert.Equal(40029, SimulatorHost.Errcode(again));
    }

    [Fact]
    public async Task The_two_kinds_of_codes_are_not_taken_for_each_other()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var (login, phone) = (await wechat.LoginCodeAsync("alice"), await wechat.PhoneCodeAsync("alice"));

        var loginForPhone = await wechat.PostAsync(
            $"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}", new { code = login });
        var phoneForLogin = await wechat.ExchangeAsync(phone);

        Assert.Equal(40029, SimulatorHost.Errcode(loginForPhone));
        Assert.Equal(40029, SimulatorHost.Errcode(phoneForLogin));
        Assert.Equal(0, SimulatorHost.Errcode(await wechat.ExchangeAsync(login)));
    }

    [Fact]
    public async Task A_phone_code_older_than_five_minutes_is_invalid()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var code = await wechat.PhoneCodeAsync("alice");
        wechat.Time.Advance(TimeSpan.FromMinutes(5));

        var reply = await wechat.PostAsync($"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}", new { code });

        Assert.Equal(40029, SimulatorHost.Errcode(reply));
    }

    [Fact]
    public async Task Another_apps_phone_code_is_an_invalid_appid()
    {
        await using var wechat = await SimulatorHost.StartWithTwoAppsAsync();
        var code = await wechat.PhoneCodeAsync("alice", SimulatorHost.Second);

        var reply = await wechat.PostAsync($"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}", new { code });

        Assert.Equal(40013, SimulatorHost.Errcode(reply));
    }

    [Fact]
    public async Task An_openid_beside_the_code_must_be_its_owners()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var path = $"wxa/business/getuserphonenumber?access_token={await wechat.AccessTokenAsync()}";
        var (bob, _) = await wechat.SessionAsync("bob");
        var (alice, _) = await wechat.SessionAsync("alice");
        var code = await wechat.PhoneCodeAsync("alice");

        Assert.Equal(40003, SimulatorHost.Errcode(await wechat.PostAsync(path, new { code, openid = bob })));
        Assert.Equal(0, SimulatorHost.Errcode(await wechat.PostAsync(path, new { code, openid = alice })));
    }

    [Theory]
    [InlineData("", "{}", 41001)]
    [InlineData("?access_token=made-up", "{}", 40001)]
    [InlineData("?access_token=TOKEN", "no json", 47001)]
    [InlineData("?access_token=TOKEN", "{}", 41008)]
    public async Task A_wrong_request_has_an_errcode(string query, string body, int errcode)
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var path = "simulator/wxa/business/getuserphonenumber"
            + query.Replace("TOKEN", await wechat.AccessTokenAsync(), StringComparison.Ordinal);

        using var response = await wechat.Client.PostAsync(path, new StringContent(body), Ct);

        Assert.Equal(errcode, SimulatorHost.Errcode(JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct))));
    }

    [Fact]
    public async Task An_expired_access_token_is_told_from_a_wrong_one()
    {
        await using var wechat = await SimulatorHost.StartAsync();
        var token = await wechat.AccessTokenAsync();
        wechat.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(42001, await wechat.ErrcodeWithTokenAsync(token));
    }
}
