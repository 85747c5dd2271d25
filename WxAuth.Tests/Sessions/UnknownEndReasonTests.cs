using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Sessions;

namespace WxAuth.Tests.Sessions;

/// <summary>
/// Sessions that were ended for a reason that this release does not know, by a later one or by a person with psql: ended all the same, on
/// every node. Two nodes on one database and on the system's clock.
/// </summary>
public sealed class UnknownEndReasonTests(UnknownEndReasonTests.TwoNodes app) : IClassFixture<UnknownEndReasonTests.TwoNodes>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("something_new")]
    [InlineData("ended by hand, on the phone")]
    [InlineData("")]
    public async Task A_session_ended_for_an_unknown_reason_is_refused_within_a_second(string reason)
    {
        var login = await app.LoginAsync($"unknown {reason.Length}");
        await AssertServedAsync(login);

        await app.ScalarAsync<int>(EndSql(login, reason));

        await AssertRefusedAsync(login);
        using var refresh = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string?)login["refreshToken"] }, Ct);
        Assert.Equal("revoked_by_admin", (string?)(await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked"))["reason"]);
        var fed = Assert.Single(await FeedAsync(), session => (string?)session!["sid"] == (string?)login["sessionId"]);
        Assert.Equal("revoked_by_admin", (string?)fed!["reason"]);
    }

    [Fact]
    public async Task It_shows_as_an_administrators_doing_in_the_users_own_data()
    {
        var (ended, own) = (await app.LoginAsync("exporter"), await app.LoginAsync("exporter"));
        await app.ScalarAsync<int>(EndSql(ended, "something_new"));

        using var export = await app.SendAsync(HttpMethod.Get, "api/users/me/export", (string?)own["accessToken"]);

        Assert.Equal(200, (int)export.StatusCode);
        var sessions = (await WxAuthApp.JsonAsync(export))["sessions"]!.AsArray();
        var session = Assert.Single(sessions, session => (string?)session!["id"] == (string?)ended["sessionId"]);
        Assert.Equal("revoked_by_admin", (string?)session!["endReason"]);
    }

    [Fact]
    public async Task It_is_refused_after_the_loss_of_the_connection_that_hears_of_it_too()
    {
        var login = await app.LoginAsync("unheard");
        await AssertServedAsync(login);

        // In one transaction, long before a node listens again: at its commit there is nobody to be notified.
        var cut = await app.ScalarAsync<long>($"""
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'wxauth listen';
            {EndSql(login, "something_new")}
            """);
        Assert.True(cut >= 2, $"{cut} connections were cut.");

        await AssertRefusedAsync(login);
    }

    [Fact]
    public async Task A_node_that_starts_later_is_ready_and_refuses_it_at_its_first_request()
    {
        var login = await app.LoginAsync("early");
        await app.ScalarAsync<int>(EndSql(login, "something_new"));

        var late = await app.AddNodeAsync();

        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: late);
        Assert.Equal("revoked_by_admin", (string?)(await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked"))["reason"]);
        using var ready = await late.GetAsync("health/ready", Ct);
        Assert.Equal(200, (int)ready.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" logout")]
    [InlineData(" logout tomorrow")]
    [InlineData(" logout 99999999999999999999")]
    [InlineData(" logout 9223372036854775807")]
    [InlineData(" logout 1")]
    [InlineData(" {\"reason\":\"logout\"} of a later release 12")]
    public async Task A_session_whose_id_can_be_read_is_refused_whatever_else_the_news_of_it_says(string rest)
    {
        var login = await app.LoginAsync($"told {rest.Length}");
        await AssertServedAsync(login);

        await app.ScalarAsync<string>($"SELECT pg_notify('wxauth_session_ended', '{login["sessionId"]}{rest}')::text");

        await Eventually.TrueAsync(async () => await StatusAsync(login) == 401, Bound, "refused on the other node");
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: app.OtherNode);
        await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked");
    }

    internal static string EndSql(JsonObject login, string reason) =>
        $"UPDATE sessions SET ended_at = now(), end_reason = '{reason}' WHERE id = '{login["sessionId"]}'";

    private async Task<int> StatusAsync(JsonObject login)
    {
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: app.OtherNode);
        return (int)response.StatusCode;
    }

    private async Task AssertServedAsync(JsonObject login) => Assert.Equal(200, await StatusAsync(login));

    private async Task AssertRefusedAsync(JsonObject login, string reason = "revoked_by_admin")
    {
        await Eventually.TrueAsync(async () => await StatusAsync(login) == 401, Bound, "refused on the other node");
        var sessionId = Guid.Parse((string)login["sessionId"]!);
        await Eventually.TrueAsync(
            () => app.Nodes.All(node => node.Services.GetRequiredService<IEndedSessions>().Find(sessionId) is not null),
            Bound,
            "known to every node");
        foreach (var node in new[] { app.Client, app.OtherNode })
        {
            using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: node);
            Assert.Equal(reason, (string?)(await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked"))["reason"]);
        }
    }

    private async Task<JsonArray> FeedAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/auth/ended-sessions");
        request.Headers.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"shop:{TwoNodes.Secret}")));
        using var response = await app.Client.SendAsync(request, Ct);
        Assert.Equal(200, (int)response.StatusCode);
        return (await WxAuthApp.JsonAsync(response))["sessions"]!.AsArray();
    }

    public sealed class TwoNodes(TestCluster cluster) : WxAuthApp(cluster)
    {
        public const string Secret = "a long random secret of the shop";

        public HttpClient OtherNode { get; private set; } = null!;

        protected override bool UsesFakeTime => false;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("Introspection:Clients:0:Id", "shop"),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))),
        ];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            OtherNode = await AddNodeAsync();
        }
    }
}
