using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace WxAuth.Tests;

/// <summary>The API against a WeChat that says what the test wants it to.</summary>
public sealed class LeakApp(TestCluster cluster) : WxAuthApp(cluster)
{
    public const string PushToken = "plantedPushToken0001";
    public const string PushAesKey = "plantedAesKeyOfThePushXabcdefghijklmnopqrst";

    internal PlantedWeChat Planted { get; private set; } = null!;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("WeChat:BaseUrl", Planted.Address),
        new("WeChat:Apps:0:PushToken", PushToken),
        new("WeChat:Apps:0:PushAesKey", PushAesKey),
    ];

    // Retries and time limits are real ones here.
    protected override bool UsesFakeTime => false;

    public override async ValueTask InitializeAsync()
    {
        Planted = await PlantedWeChat.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Planted.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Plants secrets, uses the API in good and bad ways, and looks for them wherever something is written.</summary>
public sealed class LeakTests(LeakApp app) : IClassFixture<LeakApp>
{
    private const string SessionKey = "pLantedKEY+/pLantedKEY+w==";
    private const string GoodSessionKey = "c2Vzc2lvbktleVBsYW50MQ==";
    private const string IdempotencyKey = "plantedIdempotencyKey0001";
    private const string WeChatAccessToken = "plantedAccessTokenOfWeChat0001";
    private const string Nickname = "planted小明nickname";

    private static readonly string[] Endings =
    [
        """{"errcode":40029,"errmsg":"invalid code {query}"}""",
        """{"errcode":40163,"errmsg":"code been used {query}"}""",
        """{"errcode":40226,"errmsg":"blocked {query}"}""",
        """{"errcode":40013,"errmsg":"invalid appid {query}"}""",
        """{"errcode":45011,"errmsg":"too often {query}"}""",
        """{"errcode":-1,"errmsg":"busy {query}"}""",
        """{"errcode":12345,"errmsg":"news {query}"}""",
        $$"""{"openid":"o","session_key":"{{SessionKey}}"}""",
        $$"""{"openid":1,"session_key":"{{GoodSessionKey}}"}""",
        $$"""{"openid":"oLeak","session_key":"{{GoodSessionKey}}",""",
        """<html>{query}</html>""",
        "",
    ];

    private readonly List<string> _responses = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secrets_are_in_no_log_trace_metric_response_or_column()
    {
        using var telltales = new Telltales();
        var codes = Enumerable.Range(0, Endings.Length + 3).Select(i => string.Create(CultureInfo.InvariantCulture, $"plantedCode{i:D4}xyz")).ToList();
        for (var i = 0; i < Endings.Length; i++)
        {
            app.Planted.Answers[codes[i]] = (i % 5 == 4 ? 500 : 200, Endings[i]);
            await PostAsync("api/auth/login", new { code = codes[i], phoneCode = "plantedPhoneCode0001" }, idempotencyKey: i < 2 ? null : IdempotencyKey);
        }

        await PostAsync("api/auth/login", new { code = codes[^3] }); // the connection is cut
        await PostAsync("api/auth/login", $"{{\"code\":\"{codes[^2]}\",");
        await PostAsync("api/auth/login", new { code = codes[^2] + " ", phoneCode = "plantedPhoneCode0001 " }, IdempotencyKey + " ä");

        app.Planted.Answers[codes[^1]] = (200, $$"""{"openid":"oLeak0001","unionid":"uLeak0001","session_key":"{{GoodSessionKey}}"}""");
        var login = await PostAsync("api/auth/login", new { code = codes[^1] }, IdempotencyKey);
        app.Planted.Answers[codes[^1]] = (200, """{"errcode":40163,"errmsg":"code been used {query}"}""");
        var retry = await PostAsync("api/auth/login", new { code = codes[^1] }, IdempotencyKey);
        var refreshed = await PostAsync("api/auth/refresh", new { refreshToken = (string)retry["refreshToken"]! });
        await PostAsync("api/auth/refresh", new { refreshToken = (string)refreshed["refreshToken"]! + "x" });
        var token = (string)refreshed["accessToken"]!;
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/users/me"), token);
        await SendAsync(new HttpRequestMessage(HttpMethod.Patch, "api/users/me") { Content = JsonContent.Create(new { nickname = Nickname, avatarUrl = "x" }) }, token);
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/users/me"), token + "x");
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/users/me"), token[..^30]);
        await UseWeChatDataAsync(token);
        await SendPushesAsync();
        await PostAsync("api/auth/logout", new { refreshToken = (string)refreshed["refreshToken"]! });
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, "api/auth/logout"), (string)login["accessToken"]!);
        telltales.Observe();

        string[] tokens = [.. new[] { login, retry, refreshed }.SelectMany(answer => new[] { (string)answer["accessToken"]!, (string)answer["refreshToken"]! })];
        string[] never =
        [
            WxAuthApp.AppSecret, SessionKey, GoodSessionKey, "plantedCode", "plantedPhoneCode", WeChatAccessToken, LeakApp.PushToken, LeakApp.PushAesKey,
        ];
        string[] nowhereButInResponses = [.. never, .. tokens, .. tokens.Select(SignatureOf), IdempotencyKey];
        AssertAbsent("responses", _responses, never);
        AssertAbsent("logs", app.Logs.Lines, [.. nowhereButInResponses, Nickname]);
        AssertAbsent("traces and metrics", telltales.Lines, [.. nowhereButInResponses, Nickname]);
        AssertAbsent("database", await DumpAsync(), nowhereButInResponses);
        // That there was something to be found in each.
        Assert.Contains(_responses, response => response.Contains(tokens[0], StringComparison.Ordinal));
        Assert.Contains(app.Logs.Lines, line => line.Contains("UPDATE sessions", StringComparison.Ordinal));
        Assert.Contains(telltales.Lines, line => line.Contains("jscode2session", StringComparison.Ordinal));
        Assert.Contains(telltales.Lines, line => line.Contains("getuserphonenumber", StringComparison.Ordinal));
        Assert.Contains(await DumpAsync(), row => row.Contains("oLeak0001", StringComparison.Ordinal));
    }

    // What needs WeChat's access token or the session_key: refused in several ways, then granted.
    private async Task UseWeChatDataAsync(string token)
    {
        app.Planted.Answers["/cgi-bin/stable_token"] = (200, $$"""{"access_token":"{{WeChatAccessToken}}","expires_in":7200}""");
        string[] answers =
        [
            """{"errcode":40029,"errmsg":"invalid code {query}"}""",
            """{"errcode":40001,"errmsg":"invalid credential {query}"}""",
            """{"errcode":12345,"errmsg":"news {query}"}""",
            """{"errcode":0,"phone_info":{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":86}}""",
        ];
        for (var i = 0; i < answers.Length; i++)
        {
            app.Planted.Answers["/wxa/business/getuserphonenumber"] = (200, answers[i]);
            var code = string.Create(CultureInfo.InvariantCulture, $"plantedPhoneCode1{i}");
            await SendAsync(new HttpRequestMessage(HttpMethod.Post, "api/users/me/phone") { Content = JsonContent.Create(new { code }) }, token);
        }

        app.Planted.Answers["/wxa/checksession"] = (200, """{"errcode":87009,"errmsg":"invalid signature {query}"}""");
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/users/me/wechat-session"), token);
        var data = Convert.ToBase64String(new byte[32]);
        var profile = new { encryptedData = data, iv = Convert.ToBase64String(new byte[16]) };
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, "api/users/me/profile") { Content = JsonContent.Create(profile) }, token);
    }

    private async Task SendPushesAsync()
    {
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = string.Concat(new[] { LeakApp.PushToken, timestamp, "5" }.Order(StringComparer.Ordinal));
#pragma warning disable CA5350 // The algorithm is WeChat's choice.
        var signature = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(signed)));
#pragma warning restore CA5350
        var path = $"api/wechat/{WxAuthApp.AppId}/push?timestamp={timestamp}&nonce=5";
        using var verified = await app.Client.GetAsync($"{path}&signature={signature}&echostr=echo", Ct);
        Assert.Equal("echo", await verified.Content.ReadAsStringAsync(Ct));
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{path}&signature=bad&echostr=echo"), accessToken: null);
        using var body = new StringContent("""{"Encrypt":"AAAA"}""", Encoding.UTF8, "application/json");
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"{path}&signature={signature}&msg_signature=bad&encrypt_type=aes") { Content = body }, accessToken: null);
    }

    private static void AssertAbsent(string where, IReadOnlyCollection<string> lines, string[] planted)
    {
        var forms = planted.SelectMany(value => FormsOf(value).Select(form => (value, form))).ToList();
        var found = lines.SelectMany(line => forms.Where(form => line.Contains(form.form, StringComparison.OrdinalIgnoreCase)).Select(form => $"{form.value} as {form.form} in {line}"));
        Assert.True(!found.Any(), $"{where}: {string.Join('\n', found.Take(12))}");
    }

    // As it is, escaped, and encoded as text or as what its base64 stands for; of base64 the part that does not depend on what stands before or behind.
    private static IEnumerable<string> FormsOf(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        var forms = new List<string> { value, Uri.EscapeDataString(value), Convert.ToHexString(bytes), Convert.ToBase64String(bytes)[..^4], Base64Url.EncodeToString(bytes)[..^4] };
        if (value.Length % 4 == 0 && Base64.IsValid(value))
        {
            forms.Add(Convert.ToHexString(Convert.FromBase64String(value)));
        }

        return forms.Distinct(StringComparer.Ordinal);
    }

    private static string SignatureOf(string token) => token[^40..];

    private async Task<List<string>> DumpAsync()
    {
        var rows = new List<string>();
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Ct);
        var tables = new List<string>();
        await using (var command = new NpgsqlCommand("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", connection))
        await using (var reader = await command.ExecuteReaderAsync(Ct))
        {
            while (await reader.ReadAsync(Ct))
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            await using var command = new NpgsqlCommand($"SELECT t::text FROM {table} t", connection);
            await using var reader = await command.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                rows.Add($"{table} {reader.GetString(0)}");
            }
        }

        return rows;
    }

    private Task<JsonObject> PostAsync(string path, object body, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body, body.GetType()),
        };
        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", Uri.EscapeDataString(idempotencyKey));
        }

        return SendAsync(request, accessToken: null);
    }

    private async Task<JsonObject> SendAsync(HttpRequestMessage request, string? accessToken)
    {
        request.Headers.Authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken);
        using var sent = request;
        using var response = await app.Client.SendAsync(sent, Ct);
        var body = await response.Content.ReadAsStringAsync(Ct);
        _responses.Add($"{response.Headers}{response.Content.Headers}{body}");
        return body.Length == 0 ? [] : JsonNode.Parse(body)!.AsObject();
    }
}
