using System.Net.Http.Json;

namespace WxAuth.Tests.Login;

/// <summary>The API with an app that wants bound accounts.</summary>
public sealed class BindingApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Apps => [.. base.Apps, new("WeChat:Apps:0:RequireBinding", "true")];
}

public sealed class BindingRequiredTests(BindingApp app) : IClassFixture<BindingApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unbound_user_gets_a_ticket_and_no_user()
    {
        using var response = await app.Client.PostAsJsonAsync("api/auth/login", new { code = await app.CodeAsync("unbound") }, Ct);

        var problem = await WxAuthApp.AssertProblemAsync(response, 409, "binding_required");
        Assert.Equal("bind_account", (string?)problem["action"]);
        Assert.Equal(600, (int)problem["bindingTicketExpiresIn"]!);
        Assert.Equal(43, ((string)problem["bindingTicket"]!).Length);
        Assert.Equal(0L, await app.ScalarAsync<long>("SELECT count(*) FROM users"));
        Assert.Equal(0L, await app.ScalarAsync<long>("SELECT count(*) FROM sessions"));
    }

    [Fact]
    public async Task A_retry_gets_a_fresh_ticket()
    {
        var code = await app.CodeAsync("unbound twice");
        using var first = await PostAsync(code);
        using var second = await PostAsync(code);

        var (lost, fresh) = (await WxAuthApp.AssertProblemAsync(first, 409, "binding_required"), await WxAuthApp.AssertProblemAsync(second, 409, "binding_required"));
        Assert.NotEqual((string?)lost["bindingTicket"], (string?)fresh["bindingTicket"]);
    }

    private async Task<HttpResponseMessage> PostAsync(string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code }) };
        request.Headers.Add("Idempotency-Key", "key");
        return await app.Client.SendAsync(request, Ct);
    }
}
