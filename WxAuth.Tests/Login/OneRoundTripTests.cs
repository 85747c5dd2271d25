using System.Net.Http.Json;

namespace WxAuth.Tests.Login;

/// <summary>What a request costs the database, counted on the wire.</summary>
public sealed class OneRoundTripTests(ProxiedApp app) : IClassFixture<ProxiedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_kind_of_request_is_one_round_trip_also_while_statements_are_prepared()
    {
        // The first use of a connection reads the types of the database, once in a process.
        await app.LoginAsync("warm");

        // Npgsql prepares a statement at its fifth use.
        for (var i = 0; i < 8; i++)
        {
            var user = $"trip {i}";
            await AssertOneAsync(() => PostAsync("api/auth/login", new { code = "made-up" }), 401);
            await AssertOneAsync(await LoginOfAsync(user));
            await AssertOneAsync(await LoginOfAsync(user));
            await AssertOneAsync(await LoginOfAsync(user, idempotencyKey: "key"));

            var login = await app.LoginAsync(user);
            var token = (string)login["accessToken"]!;
            await AssertOneAsync(() => PostAsync("api/auth/refresh", new { refreshToken = (string)login["refreshToken"]! }));
            await AssertOneAsync(() => app.SendAsync(HttpMethod.Get, "api/users/me", token));
            await AssertOneAsync(() => app.SendAsync(HttpMethod.Patch, "api/users/me", token, new { nickname = "a" }));
        }
    }

    [Fact]
    public async Task A_request_that_is_refused_for_its_form_or_its_token_costs_none()
    {
        await app.LoginAsync("warm");
        app.Database.Forget();

        using var noCode = await PostAsync("api/auth/login", new { });
        using var noApp = await PostAsync("api/auth/login", new { code = "a", appId = "wx" });
        using var noToken = await app.SendAsync(HttpMethod.Get, "api/users/me", accessToken: null);
        using var badToken = await app.SendAsync(HttpMethod.Get, "api/users/me", "a.b.c");
        using var badRefresh = await PostAsync("api/auth/refresh", new { refreshToken = "made up" });

        Assert.Equal([400, 400, 401, 401, 401], new[] { noCode, noApp, noToken, badToken, badRefresh }.Select(response => (int)response.StatusCode));
        Assert.Empty(app.Database.RoundTrips);
    }

    private async Task<Func<Task<HttpResponseMessage>>> LoginOfAsync(string user, string? idempotencyKey = null)
    {
        var code = await app.CodeAsync(user);
        return async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code }) };
            if (idempotencyKey is not null)
            {
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            }

            return await app.Client.SendAsync(request, Ct);
        };
    }

    private Task<HttpResponseMessage> PostAsync(string path, object body) => app.Client.PostAsJsonAsync(path, body, Ct);

    private async Task AssertOneAsync(Func<Task<HttpResponseMessage>> send, int status = 200)
    {
        app.Database.Forget();
        using var response = await send();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Single(app.Database.RoundTrips);
    }
}
