using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests.Tokens;

public sealed class SigningKeyTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_that_start_at_once_on_an_empty_database_agree_on_one_key()
    {
        await app.ScalarAsync<int>("DELETE FROM signing_keys; DELETE FROM data_protection_keys");

        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.AddNodeAsync()));

        var keySets = await Task.WhenAll(nodes.Select(KeyIdsAsync));
        Assert.Single(keySets[0]);
        Assert.All(keySets, keySet => Assert.Equal(keySets[0], keySet));
        Assert.Equal("refresh sig", await app.ScalarAsync<string>("SELECT string_agg(use, ' ' ORDER BY use) FROM signing_keys"));
        // Two keys of Data Protection would be worse than it looks: a node reads its ring once a day.
        Assert.Equal(1L, await app.ScalarAsync<long>("SELECT count(*) FROM data_protection_keys"));
        for (var i = 0; i < nodes.Length; i++)
        {
            var login = await app.LoginAsync("everywhere", client: nodes[i]);
            var next = nodes[(i + 1) % nodes.Length];
            using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: next);
            using var refresh = await next.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string?)login["refreshToken"] }, Ct);
            Assert.Equal((200, 200), ((int)me.StatusCode, (int)refresh.StatusCode));
        }
    }

    [Fact]
    public async Task A_key_that_a_node_has_not_heard_of_is_looked_up_once_for_all_who_ask()
    {
        await app.ScalarAsync<int>("ALTER TABLE signing_keys DISABLE TRIGGER signing_key_added; DELETE FROM signing_keys WHERE use = 'sig'");
        var other = await app.AddNodeAsync();
        await app.ScalarAsync<int>("ALTER TABLE signing_keys ENABLE TRIGGER signing_key_added");
        app.Time.Advance(TimeSpan.FromSeconds(2)); // a look may have been taken just now
        var token = (string)(await app.LoginAsync("unheard", client: other))["accessToken"]!;

        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => app.SendAsync(HttpMethod.Get, "api/users/me", token)));

        Assert.All(responses, response => Assert.Equal(200, (int)response.StatusCode));
        Assert.Contains(KeyIdOf(token), await KeyIdsAsync(app.Client));
    }

    [Fact]
    public async Task Unknown_keys_make_a_node_look_once_and_not_once_a_request()
    {
        var token = ((string)(await app.LoginAsync("flood"))["accessToken"]!).Split('.');
        app.Time.Advance(TimeSpan.FromSeconds(2));
        var reads = 0;
        using var watch = WatchKeyReads(() => Interlocked.Increment(ref reads));

        for (var i = 0; i < 50; i++)
        {
            var header = Base64Url.EncodeToString(System.Text.Encoding.ASCII.GetBytes($$"""{"alg":"ES256","typ":"at+jwt","kid":"unknown-{{i}}"}"""));
            using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", $"{header}.{token[1]}.{token[2]}");
            await WxAuthApp.AssertProblemAsync(response, 401, "token_invalid");
        }

        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task Keys_are_sealed_at_rest()
    {
        foreach (var sealedKey in await ColumnAsync<byte[]>("SELECT sealed FROM signing_keys"))
        {
            using var key = ECDsa.Create();
            Assert.ThrowsAny<CryptographicException>(() => key.ImportPkcs8PrivateKey(sealedKey, out _));
            Assert.True(sealedKey.AsSpan().IndexOf("*\x86H\xce="u8) < 0); // id-ecPublicKey, which every PKCS#8 of ours would hold
            Assert.Equal(0x09F0C9F0u, BinaryPrimitives.ReadUInt32BigEndian(sealedKey)); // Data Protection's magic header
        }
    }

    [Fact]
    public async Task A_copy_of_the_database_alone_forges_no_refresh_token()
    {
        var login = await app.LoginAsync("copied");
        var sessionId = Guid.Parse((string)login["sessionId"]!);
        var hash = await app.ScalarAsync<byte[]>($"SELECT refresh_seed_hash FROM sessions WHERE id = '{sessionId}'");
        var genuine = Base64Url.DecodeFromChars((string)login["refreshToken"]!);
        Assert.Equal(SHA256.HashData(genuine.AsSpan(20, 32)), hash);

        // All that the copy has for a key, with all that it has for a seed.
        var found = (await ColumnAsync<byte[]>("SELECT sealed FROM signing_keys")).Concat([hash!, [], new byte[32], SHA256.HashData(hash!)]).ToList();
        foreach (var key in found)
        {
            foreach (var seed in new[] { hash!, new byte[32], SHA256.HashData(hash!) })
            {
                using var response = await app.Client.PostAsJsonAsync("api/auth/refresh", new { refreshToken = Write(sessionId, seed, key) }, Ct);
                await WxAuthApp.AssertProblemAsync(response, 401, "refresh_token_invalid");
            }
        }

        // Nor does the seed without the key: what a log of requests might give away is only the token itself.
        using var nextGeneration = await app.Client.PostAsJsonAsync(
            "api/auth/refresh", new { refreshToken = Write(sessionId, genuine.AsSpan(20, 32).ToArray(), hash!, generation: 2) }, Ct);
        await WxAuthApp.AssertProblemAsync(nextGeneration, 401, "refresh_token_invalid");
        Assert.Equal(1L, await app.ScalarAsync<long>($"SELECT count(*) FROM sessions WHERE id = '{sessionId}' AND ended_at IS NULL AND refresh_generation = 1"));
    }

    private static string Write(Guid sessionId, byte[] seed, byte[] key, int generation = 1)
    {
        var bytes = new byte[84];
        sessionId.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), generation);
        seed.CopyTo(bytes, 20);
        HMACSHA256.HashData(key, bytes.AsSpan(0, 52), bytes.AsSpan(52));
        return Base64Url.EncodeToString(bytes);
    }

    private ActivityListener WatchKeyReads(Action count)
    {
        var database = new NpgsqlConnectionStringBuilder(app.ConnectionString).Database;
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = statement =>
            {
                var tags = statement.TagObjects.Select(tag => tag.Value).OfType<string>().ToList();
                if (tags.Contains(database, StringComparer.Ordinal) && tags.Exists(tag => tag.Contains("FROM signing_keys", StringComparison.Ordinal)))
                {
                    count();
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private async Task<List<T>> ColumnAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var values = new List<T>();
        while (await reader.ReadAsync(Ct))
        {
            values.Add(await reader.GetFieldValueAsync<T>(0, Ct));
        }

        Assert.NotEmpty(values);
        return values;
    }

    private static async Task<IReadOnlyList<string>> KeyIdsAsync(HttpClient node) =>
        [.. JsonNode.Parse(await node.GetStringAsync("/.well-known/jwks.json", Ct))!["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];

    private static string KeyIdOf(string token) => (string)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;
}
