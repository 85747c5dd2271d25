using System.Net;

namespace WxAuth.Tests.UserData;

public sealed class AccessTokenSharingTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    [Fact]
    public async Task Fifty_phone_calls_at_once_share_one_access_token_and_one_more_when_it_dies()
    {
        await CallFiftyTimesAsync("a");
        Assert.Equal(1, await app.WeChat.CallsAsync("stable_token"));

        await app.WeChat.FailAsync(new { kind = "token_invalidated", appId = WxAuthApp.AppId });
        await CallFiftyTimesAsync("b");
        Assert.Equal(2, await app.WeChat.CallsAsync("stable_token"));
    }

    private async Task CallFiftyTimesAsync(string prefix)
    {
        var ready = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var person = await app.PersonAsync($"{prefix}{i}");
            return (Person: person, Code: (string)(await app.PhoneButtonAsync(person.Name))["code"]!);
        }));

        var answers = await Task.WhenAll(ready.Select(one => app.SendAsync(one.Person, HttpMethod.Post, "api/users/me/phone", new { code = one.Code })));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }
}
