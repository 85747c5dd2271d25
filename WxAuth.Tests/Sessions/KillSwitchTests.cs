namespace WxAuth.Tests.Sessions;

/// <summary>Two nodes on one database and on the system's clock: PostgreSQL is what carries the news from one to the other.</summary>
public sealed class KillSwitchTests(KillSwitchTests.TwoNodes app) : IClassFixture<KillSwitchTests.TwoNodes>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_session_that_is_ended_on_one_node_is_refused_on_the_other_within_a_second()
    {
        var token = (string)(await app.LoginAsync("logged-out"))["accessToken"]!;
        Assert.Equal(200, await StatusAsync(token));

        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", token);

        Assert.Equal(204, (int)logout.StatusCode);
        await Eventually.TrueAsync(async () => await StatusAsync(token) == 401, Bound, "refused on the other node");
    }

    [Fact]
    public async Task A_session_that_ended_while_no_node_was_listening_is_refused_within_the_bound()
    {
        var login = await app.LoginAsync("unheard");
        var token = (string)login["accessToken"]!;
        Assert.Equal(200, await StatusAsync(token));

        // In one transaction, long before a node listens again: at its commit there is nobody to be notified.
        var cut = await app.ScalarAsync<long>($"""
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'wxauth listen';
            SELECT end_sessions(user_id, 'revoked_by_admin', now(), NULL, id, NULL) FROM sessions WHERE id = '{login["sessionId"]}'
            """);
        Assert.True(cut >= 2, $"{cut} connections were cut.");

        await Eventually.TrueAsync(async () => await StatusAsync(token) == 401, Bound, "refused although nobody was told");
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", token, client: app.OtherNode);
        var problem = await WxAuthApp.AssertProblemAsync(response, 401, "session_revoked");
        Assert.Equal("revoked_by_admin", (string?)problem["reason"]);
    }

    [Fact]
    public async Task A_node_that_starts_later_refuses_at_its_first_request()
    {
        var login = await app.LoginAsync("early");
        using var logout = await app.SendAsync(HttpMethod.Post, "api/auth/logout", (string?)login["accessToken"]);

        var late = await app.AddNodeAsync();

        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: late);
        await WxAuthApp.AssertProblemAsync(response, 401, "session_revoked");
    }

    private async Task<int> StatusAsync(string token)
    {
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", token, client: app.OtherNode);
        return (int)response.StatusCode;
    }

    public sealed class TwoNodes(TestCluster cluster) : WxAuthApp(cluster)
    {
        public HttpClient OtherNode { get; private set; } = null!;

        protected override bool UsesFakeTime => false;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("RateLimits:RequestsPerMinutePerSession", "0")];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            OtherNode = await AddNodeAsync();
        }
    }
}
