using System.Net;
using System.Net.Http.Headers;

namespace WxAuth.Tests.Compatibility;

/// <summary>The header <c>x-session</c> of the tutorial whose client logs in again where an answer has code 2.</summary>
public sealed class SessionHeaderTests(TwoAppsApp app) : IClassFixture<TwoAppsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_expired_token_is_answered_code_2_and_the_client_logs_in_again()
    {
        var token = await TokenAsync("expired");
        app.Time.Advance(TimeSpan.FromMinutes(31));

        using var response = await app.WithSessionHeaderAsync("api/users/me", token);

        await AssertOverAsync(response);
        using var again = await app.WithSessionHeaderAsync("api/users/me", await TokenAsync("expired"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_token_that_expired_before_this_node_saw_it_is_answered_alike()
    {
        var token = await TokenAsync("unseen");
        app.Time.Advance(TimeSpan.FromMinutes(31));
        using var node = await app.AddNodeAsync();

        using var response = await app.WithSessionHeaderAsync("api/users/me", token, client: node);

        await AssertOverAsync(response);
    }

    [Theory]
    [InlineData("GET", "api/users/me")]
    [InlineData("GET", "api/users/me/sessions")]
    [InlineData("POST", "api/auth/logout")]
    public async Task An_ended_session_is_answered_code_2_on_every_bearer_route(string method, string path)
    {
        var login = await app.LoginAsync("ended");
        var token = (string)login["accessToken"]!;
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", token);
        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        await app.SettleEndAsync(token);

        using var response = await app.WithSessionHeaderAsync(path, token, new HttpMethod(method));

        await AssertOverAsync(response);
    }

    [Fact]
    public async Task An_unknown_token_is_a_401()
    {
        using var response = await app.WithSessionHeaderAsync("api/users/me", "nobody-gave-this");

        await WxAuthApp.AssertProblemAsync(response, 401, "token_invalid");
    }

    [Fact]
    public async Task An_empty_header_is_none()
    {
        using var response = await app.WithSessionHeaderAsync("api/users/me", "");

        await WxAuthApp.AssertProblemAsync(response, 401, "token_missing");
    }

    [Fact]
    public async Task The_authorization_header_wins()
    {
        var good = await TokenAsync("winner");
        using var goodWins = Request("nobody-gave-this", new AuthenticationHeaderValue("Bearer", good));
        using var badWins = Request(good, new AuthenticationHeaderValue("Bearer", "nobody-gave-this"));
        using var otherWins = Request(good, new AuthenticationHeaderValue("Basic", "bm9ib2R5"));

        using var accepted = await app.Client.SendAsync(goodWins, Ct);
        using var refused = await app.Client.SendAsync(badWins, Ct);
        using var missing = await app.Client.SendAsync(otherWins, Ct);

        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        await WxAuthApp.AssertProblemAsync(refused, 401, "token_invalid");
        await WxAuthApp.AssertProblemAsync(missing, 401, "token_missing");
    }

    [Fact]
    public async Task An_expired_token_in_the_authorization_header_stays_a_401_beside_it()
    {
        var old = await TokenAsync("both");
        app.Time.Advance(TimeSpan.FromMinutes(31));
        using var request = Request(old, new AuthenticationHeaderValue("Bearer", old));

        using var response = await app.Client.SendAsync(request, Ct);

        await WxAuthApp.AssertProblemAsync(response, 401, "token_expired");
    }

    private static HttpRequestMessage Request(string header, AuthenticationHeaderValue authorization)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "api/users/me");
        request.Headers.Add("x-session", header);
        request.Headers.Authorization = authorization;
        return request;
    }

    private static async Task AssertOverAsync(HttpResponseMessage response)
    {
        var data = await WxAuthApp.JsonAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["code", "data", "message"], data.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(2, (int)data["code"]!);
        Assert.Equal("", (string?)data["data"]);
        Assert.NotEmpty((string)data["message"]!);
    }

    private async Task<string> TokenAsync(string user)
    {
        using var response = await app.Client.GetAsync($"login?code={await app.CodeAsync(user)}", Ct);
        return (string)(await WxAuthApp.JsonAsync(response))["data"]!["token"]!;
    }
}

/// <summary>Requests with the header.</summary>
public static class SessionHeaderRequests
{
    public static Task<HttpResponseMessage> WithSessionHeaderAsync(
        this WxAuthApp app, string path, string token, HttpMethod? method = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Headers.Add("x-session", token);
        return (client ?? app.Client).SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the node has heard of the session's end; it has a second for it.</summary>
    public static async Task SettleEndAsync(this WxAuthApp app, string accessToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", accessToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                return;
            }
        }

        Assert.Fail("The node has not heard of the end.");
    }
}
