using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests.Sessions;

/// <summary>What the kill switch does without its database, on a clock that the test moves.</summary>
public sealed class LostDatabaseTests(LostDatabaseTests.App app) : IClassFixture<LostDatabaseTests.App>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_its_database_a_node_trusts_its_set_for_a_minute_then_refuses_and_reads_it_again_when_it_is_back()
    {
        var login = await app.LoginAsync("kept");
        var ended = await app.LoginAsync("ended-in-the-gap");

        await app.OnServerAsync("ALTER DATABASE {0} ALLOW_CONNECTIONS false");
        await app.OnServerAsync("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = '{0}'");
        await Eventually.TrueAsync(() => app.Logs.Lines.Any(line => line.Contains("[3301]", StringComparison.Ordinal)), Soon, "the loss is noticed");

        Assert.Equal(200, await IntrospectAsync(login)); // a route that needs the set and no database
        app.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(200, await IntrospectAsync(login));
        app.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(503, await IntrospectAsync(login));
        using (var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]))
        {
            await WxAuthApp.AssertProblemAsync(me, 503, "database_unavailable");
            Assert.NotNull(me.Headers.RetryAfter?.Delta);
        }

        using (var jwks = await app.Client.GetAsync("/.well-known/jwks.json", Ct))
        {
            Assert.Equal(200, (int)jwks.StatusCode);
        }

        await app.OnServerAsync("ALTER DATABASE {0} ALLOW_CONNECTIONS true");
        NpgsqlConnection.ClearAllPools();
        await app.ScalarAsync<int>($"SELECT end_sessions(user_id, 'logout', '{app.Time.GetUtcNow():O}', NULL, id, NULL) FROM sessions WHERE id = '{ended["sessionId"]}'");
        // The next try to connect waits for the clock.
        await Eventually.TrueAsync(
            async () =>
            {
                app.Time.Advance(TimeSpan.FromSeconds(2));
                return await IntrospectAsync(login) == 200;
            },
            Soon,
            "the set is trusted again");

        using var refused = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)ended["accessToken"]);
        await WxAuthApp.AssertProblemAsync(refused, 401, "session_revoked");
        using var served = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"]);
        Assert.Equal(200, (int)served.StatusCode);
    }

    private async Task<int> IntrospectAsync(JsonObject login)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/introspect")
        {
            Content = new FormUrlEncodedContent([new("token", (string)login["accessToken"]!)]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"shop:{App.Secret}")));
        using var response = await app.Client.SendAsync(request, Ct);
        var answer = await WxAuthApp.JsonAsync(response);
        Assert.True(!response.IsSuccessStatusCode || (bool)answer["active"]!);
        return (int)response.StatusCode;
    }

    public sealed class App(TestCluster cluster) : WxAuthApp(cluster)
    {
        public const string Secret = "a long random secret of the shop";

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Introspection:Clients:0:Id", "shop"),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))),
        ];

        /// <summary>Runs SQL outside the fixture's database; <c>{0}</c> is its name.</summary>
        public async Task OnServerAsync(string sql)
        {
            var name = new NpgsqlConnectionStringBuilder(ConnectionString).Database!;
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand(sql.Replace("{0}", name, StringComparison.Ordinal), connection);
            await command.ExecuteNonQueryAsync(Ct);
        }
    }
}
