using System.Net.Http.Json;

namespace WxAuth.Tests.Login;

/// <summary>What a request costs the database, counted on the wire.</summary>
public sealed class RoundTripTests(ProxiedApp app) : IClassFixture<ProxiedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_kind_of_request_takes_as_few_round_trips_as_it_can_also_while_statements_are_prepared()
    {
        // The first use of a connection reads the types of the database, once in a process.
        await app.LoginAsync("warm");

        // Npgsql prepares a statement at its fifth use.
        for (var i = 0; i < 8; i++)
        {
            var user = $"trip {i}";
            // A new user: look, then identity, user and session in one batch, commit.
            await AssertAsync(3, await LoginOfAsync(user));
            // A returning one: look, then the session.
            await AssertAsync(2, await LoginOfAsync(user));
            await AssertAsync(2, await LoginOfAsync(user, idempotencyKey: "key"));

            var login = await app.LoginAsync(user);
            var token = (string)login["accessToken"]!;
            await AssertAsync(1, () => PostAsync("api/auth/refresh", new { refreshToken = (string)login["refreshToken"]! }));
            await AssertAsync(1, () => app.SendAsync(HttpMethod.Get, "api/users/me", token));
            // One row, which is audited and nothing else.
            await AssertAsync(1, () => PostAsync("api/auth/login", new { code = "made-up" }), 401);
        }
    }

    [Fact]
    public async Task A_returning_user_s_login_writes_the_row_of_its_session_and_no_other()
    {
        var user = (string)(await app.LoginAsync("writer"))["user"]!["id"]!;
        var before = await VersionsAsync(user);

        await app.LoginAsync("writer");

        Assert.Equal(before, await VersionsAsync(user));
        Assert.Equal(2L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE user_id = '{user}'"));
        Assert.Equal(0L, await app.ScalarAsync<long>($"SELECT count(*) FROM audit_events WHERE user_id = '{user}'"));
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

    [Fact]
    public async Task A_bad_code_with_an_idempotency_key_takes_at_most_five_statements()
    {
        await app.LoginAsync("warm");
        app.Database.Forget();

        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login") { Content = JsonContent.Create(new { code = "made-up" }) };
        request.Headers.Add("Idempotency-Key", "key");
        var answer = app.Client.SendAsync(request, Ct);
        foreach (var pause in new[] { 200, 600, 1200 }.Select(ms => TimeSpan.FromMilliseconds(ms)))
        {
            await app.Time.WhenTimerIsSetAsync(pause, Ct);
            app.Time.Advance(pause);
        }

        using var response = await answer;
        await WxAuthApp.AssertProblemAsync(response, 401, "code_invalid");
        Assert.InRange(app.Database.RoundTrips.Count, 1, 5);
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

    private async Task AssertAsync(int roundTrips, Func<Task<HttpResponseMessage>> send, int status = 200)
    {
        app.Database.Forget();
        using var response = await send();
        Assert.Equal(status, (int)response.StatusCode);
        // BEGIN travels with the statement after it.
        var counted = app.Database.RoundTrips.Where(sql => !sql.StartsWith("Q BEGIN", StringComparison.Ordinal)).ToArray();
        Assert.True(counted.Length == roundTrips, $"{counted.Length} instead of {roundTrips}:\n{string.Join("\n---\n", counted)}");
    }

    // The transactions that wrote the present versions of the two rows.
    private Task<string?> VersionsAsync(string userId) => app.ScalarAsync<string>($"""
        SELECT u.xmin || ' ' || i.xmin FROM users u JOIN wechat_identities i ON i.user_id = u.id WHERE u.id = '{userId}'
        """);
}
