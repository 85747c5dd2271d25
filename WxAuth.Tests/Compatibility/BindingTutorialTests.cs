using System.Net;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Compatibility;

/// <summary><c>checkBind</c> where the app wants bound accounts.</summary>
public sealed class BindingTutorialTests(BindingApp app) : IClassFixture<BindingApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_not_bound_gets_301_and_a_ticket_in_the_place_of_the_openid()
    {
        // if (res.data.code == 301) { wx.navigateTo({ url: '/pages/bind/bind?openId=' + res.data.openId }) }
        using var response = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("unbound")}", Ct);
        var data = await WxAuthApp.JsonAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["code", "openId"], data.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(301, (int)data["code"]!);
        var given = (string)data["openId"]!;
        Assert.Equal(43, given.Length);
        Assert.NotEqual(await app.ScalarAsync<string>("SELECT open_id FROM wechat_identities LIMIT 1"), given);
    }

    [Fact]
    public async Task Who_binds_with_it_gets_code_1_from_then_on_with_the_menus_of_the_accounts_roles()
    {
        await app.CreateAccountAsync("tutor", "teacher");
        using var unbound = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("binds")}", Ct);
        var bindingTicket = (string)(await WxAuthApp.JsonAsync(unbound))["openId"]!;
        using var bind = await app.SendAsync(
            HttpMethod.Post, "api/auth/bind", accessToken: null, new { bindingTicket, userName = "tutor", password = AccountsApp.Password });
        Assert.Equal(HttpStatusCode.OK, bind.StatusCode);

        using var response = await app.Client.GetAsync($"mobileApi/user/checkBind?code={await app.CodeAsync("binds")}", Ct);

        var data = await WxAuthApp.JsonAsync(response);
        Assert.Equal(1, (int)data["code"]!);
        Assert.Equal("tutor", (string?)data["userInfo"]!["userName"]);
        var menus = data["menuList"]!.AsArray();
        Assert.Equal(["home", "work"], menus.Select(menu => (string?)menu!["key"]));
        Assert.Equal("classes", (string?)Assert.Single(menus[1]!["children"]!.AsArray())!["key"]);
    }
}
