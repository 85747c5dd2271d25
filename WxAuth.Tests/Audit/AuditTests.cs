using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Audit;

public sealed class AuditTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task Events_of_a_user_come_newest_first_a_page_at_a_time()
    {
        var token = await app.AdminTokenAsync("audit.admin");
        var userId = "";
        for (var i = 0; i < 5; i++)
        {
            userId = (string)(await app.LoginAsync("audited"))["user"]!["id"]!;
            app.Time.Advance(TimeSpan.FromMilliseconds(5));
        }

        var first = await GetAsync(token, $"userId={userId}&limit=3");
        await app.LoginAsync("audited");
        var second = await GetAsync(token, $"userId={userId}&limit=3&cursor={first["nextCursor"]}");

        var times = Items(first).Concat(Items(second)).Select(item => item["at"]!.GetValue<DateTimeOffset>()).ToList();
        Assert.Equal(5, times.Count);
        Assert.Equal(times.OrderDescending(), times);
        Assert.Equal(5, times.Distinct().Count());
        Assert.Null((string?)second["nextCursor"]);
    }

    [Fact]
    public async Task An_event_is_shown_as_documented()
    {
        var token = await app.AdminTokenAsync("shape.admin");
        var login = await app.LoginAsync("shape");

        var page = await GetAsync(token, $"userId={login["user"]!["id"]}&type=login");

        var item = Assert.Single(Items(page));
        Assert.Equal(["id", "at", "type", "outcome", "userId", "appId", "sessionId", "ip", "detail"], item.Select(member => member.Key));
        Assert.Equal("login", (string?)item["type"]);
        Assert.Equal("success", (string?)item["outcome"]);
        Assert.Equal((string?)login["sessionId"], (string?)item["sessionId"]);
        Assert.Equal("127.0.0.1", (string?)item["ip"]);
        Assert.True((bool)item["detail"]!["newUser"]!);
    }

    [Fact]
    public async Task A_type_selects_its_events_whoever_they_concern()
    {
        var token = await app.AdminTokenAsync("types.admin");
        (await app.SendPasswordAsync("types.nobody", "wrong")).Dispose();

        var page = await GetAsync(token, "type=login_refused&limit=200");

        Assert.Contains(Items(page), item => (string?)item["detail"]!["reason"] == "credentials_invalid" && item["userId"] is null);
        Assert.All(Items(page), item => Assert.Equal("login_refused", (string?)item["type"]));
    }

    [Theory]
    [InlineData("type=no_such_type", "type")]
    [InlineData("userId=17", "userId")]
    [InlineData("limit=-1", "limit")]
    [InlineData("cursor=dQGTAAAAAHAAgAAAAAAAAAA", "cursor")]
    public async Task What_is_unknown_is_told_with_its_field(string query, string field)
    {
        var token = await app.AdminTokenAsync($"bad.{Guid.CreateVersion7(app.Time.GetUtcNow()):N}");

        using var response = await app.SendAsync(HttpMethod.Get, $"api/admin/audit?{query}", token);

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    private static IEnumerable<JsonObject> Items(JsonObject page) => page["items"]!.AsArray().Select(item => item!.AsObject());

    private async Task<JsonObject> GetAsync(string token, string query)
    {
        using var response = await app.SendAsync(HttpMethod.Get, $"api/admin/audit?{query}", token);
        await AccountsApp.AssertStatusAsync(response, 200);
        return await WxAuthApp.JsonAsync(response);
    }
}
