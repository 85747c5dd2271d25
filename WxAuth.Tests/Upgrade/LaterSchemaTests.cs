using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Upgrade;

/// <summary>What the release after this one will do to the database while nodes of this one still run.</summary>
public sealed class LaterSchemaTests(LaterSchemaTests.RunningNode app) : IClassFixture<LaterSchemaTests.RunningNode>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_that_are_added_under_load_break_no_statement_of_a_running_node()
    {
        var phones = new Phones(app, app.Logs.Errors, app.Client);
        var load = phones.UseAsync(phones: 4, days: 12);
        // By then each statement has been used often enough for Npgsql to have it prepared.
        await Eventually.TrueAsync(() => load.IsCompleted || phones.Answers >= 500, TimeSpan.FromSeconds(120), "500 answers");
        Assert.False(load.IsCompleted, $"{phones.Answers} answers {load.Exception}");

        await app.ScalarAsync<int>("ALTER TABLE users ADD COLUMN something text");
        await app.ScalarAsync<int>("ALTER TABLE wechat_identities ADD COLUMN something text");
        await app.ScalarAsync<int>("ALTER TABLE sessions ADD COLUMN something text DEFAULT 'new'");
        var before = phones.Answers;

        await load;
        Assert.InRange(phones.Answers - before, 200, int.MaxValue);
    }

    [Fact]
    public async Task A_session_that_ended_for_a_reason_of_a_later_release_has_ended()
    {
        var other = await app.LoginAsync("unheard-of");
        var login = await app.LoginAsync("unheard-of");
        var (token, refreshToken) = ((string)login["accessToken"]!, (string)login["refreshToken"]!);
        Assert.Equal(200, await StatusAsync("api/users/me", token));

        await app.ScalarAsync<int>(
            $"UPDATE sessions SET ended_at = now(), end_reason = 'of_a_later_release' WHERE id = '{login["sessionId"]}'");

        await Eventually.TrueAsync(
            async () => await StatusAsync("api/users/me", token) == 401, TimeSpan.FromSeconds(1), "refused by the node that heard of it");
        var starting = await app.AddNodeAsync();
        foreach (var node in (HttpClient[])[app.Client, starting])
        {
            using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", token, client: node);
            await WxAuthApp.AssertProblemAsync(me, 401, "session_revoked");
            using var refresh = await node.PostAsJsonAsync("api/auth/refresh", new { refreshToken }, Ct);
            await WxAuthApp.AssertProblemAsync(refresh, 401, "session_revoked");
        }

        // Whoever lists sessions comes by it, too.
        var stillLive = (string)other["accessToken"]!;
        Assert.Equal(200, await StatusAsync("api/users/me/export", stillLive));
        Assert.Equal(200, await StatusAsync("api/users/me/sessions", stillLive));
        Assert.Contains(await EndedSessionsAsync(), session => (string?)session!["sid"] == (string?)login["sessionId"]);
    }

    private async Task<int> StatusAsync(string path, string token)
    {
        using var response = await app.SendAsync(HttpMethod.Get, path, token);
        return (int)response.StatusCode;
    }

    private async Task<JsonArray> EndedSessionsAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/auth/ended-sessions");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{RunningNode.ServiceId}:{RunningNode.ServiceSecret}")));
        using var response = await app.Client.SendAsync(request, Ct);
        await AccountsApp.AssertStatusAsync(response, 200);
        return (await WxAuthApp.JsonAsync(response))["sessions"]!.AsArray();
    }

    /// <summary>A node of this release on the system's clock, whose feed a business service reads.</summary>
    public sealed class RunningNode(TestCluster cluster) : AccountsApp(cluster)
    {
        public const string ServiceId = "shop";
        public const string ServiceSecret = "a secret of the shop, long enough";

        protected override bool UsesFakeTime => false;

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            .. base.Configuration,
            new("Introspection:Clients:0:Id", ServiceId),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ServiceSecret)))),
        ];
    }
}
