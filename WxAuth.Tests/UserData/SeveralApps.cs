using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using WxAuth.Api.Simulator;
using WxAuth.Domain.Tokens;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.UserData;

/// <summary>
/// Three mini-programs: the first one on its own and with encrypted pushes, the second and third of one Open Platform account, the
/// second with plain pushes.
/// </summary>
public class SeveralApps(TestCluster cluster) : WxAuthApp(cluster)
{
    public const string SecondAppId = "wx0000000000000002";
    public const string ThirdAppId = "wx0000000000000003";
    public const string OpenPlatform = "open";
    public const string PushToken = "PushTokenOfTheFirst";
    public const string PushAesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    public const string SecondPushToken = "PushTokenOfTheSecond";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected override IReadOnlyList<SimulatedApp> SimulatedApps =>
    [
        new(AppId, AppSecret, PushToken, PushAesKey),
        new(SecondAppId, AppSecret, SecondPushToken, OpenPlatform: OpenPlatform),
        new(ThirdAppId, AppSecret, OpenPlatform: OpenPlatform),
    ];

    protected override IEnumerable<KeyValuePair<string, string?>> Apps =>
    [
        .. base.Apps,
        new("WeChat:Apps:0:PushToken", PushToken),
        new("WeChat:Apps:0:PushAesKey", PushAesKey),
        new("WeChat:Apps:1:AppId", SecondAppId),
        new("WeChat:Apps:1:AppSecret", AppSecret),
        new("WeChat:Apps:1:PushToken", SecondPushToken),
        new("WeChat:Apps:2:AppId", ThirdAppId),
        new("WeChat:Apps:2:AppSecret", AppSecret),
    ];

    /// <summary>A user who has logged in.</summary>
    public async Task<Person> PersonAsync(string name, string appId = AppId) => Person.From(name, await LoginAsync(name, appId));

    /// <summary>Sends a request of that person.</summary>
    public Task<HttpResponseMessage> SendAsync(Person person, HttpMethod method, string path, object? body = null) =>
        SendAsync(method, path, person.AccessToken, body);

    /// <summary>What wx.getUserInfo gives that person now.</summary>
    public Task<JsonObject> UserInfoAsync(Person person, string more = "") => WeChat.GetAsync($"wx/get-user-info?user={person.Name}&appId={AppId}{more}");

    /// <summary>What the phone number button gives that person now.</summary>
    public Task<JsonObject> PhoneButtonAsync(string name, string appId = AppId) => WeChat.GetAsync($"wx/get-phone-number?user={name}&appId={appId}");

    /// <summary>Lets WeChat push to this API, to the first node unless another one is given.</summary>
    public Task<JsonObject> PushAsync(JsonObject push, string appId = AppId, HttpClient? client = null)
    {
        push["appId"] = appId;
        push["url"] = new Uri((client ?? Client).BaseAddress!, $"api/wechat/{appId}/push").ToString();
        return WeChat.PushAsync(push);
    }

    /// <summary>An access token of the user in a session that began with a password.</summary>
    public string PasswordToken(Person person) => Services.GetRequiredService<IAccessTokenIssuer>().Issue(
        new AccessTokenSubject(person.UserId, Guid.CreateVersion7(Time.GetUtcNow()), null, null, [], Time.GetUtcNow().AddMinutes(30)), Time.GetUtcNow());

    /// <summary>Encrypts something as WeChat would for that person, under a session_key of ours that is put in the place of the kept one.</summary>
    public async Task<(string EncryptedData, string Iv)> EncryptAsync(Person person, object data)
    {
        var openId = await OpenIdAsync(person);
        var key = RandomNumberGenerator.GetBytes(16);
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(key));
        var kept = Services.GetRequiredService<SessionKeyVault>().Seal(AppId, openId, text, Time.GetUtcNow());
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("UPDATE wechat_identities SET session_key_sealed = $1, session_key_tag = $2 WHERE open_id = $3", connection)
        {
            Parameters = { new() { Value = kept.Sealed }, new() { Value = kept.Tag }, new() { Value = openId } },
        };
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Ct));

        using var aes = Aes.Create();
        aes.SetKey(key);
        var iv = RandomNumberGenerator.GetBytes(16);
        return (Convert.ToBase64String(aes.EncryptCbc(JsonSerializer.SerializeToUtf8Bytes(data), iv)), Convert.ToBase64String(iv));
    }

    public async Task<string> OpenIdAsync(Person person, string appId = AppId) =>
        (await ScalarAsync<string>($"SELECT open_id FROM wechat_identities WHERE user_id = '{person.UserId}' AND app_id = '{appId}'"))!;

    /// <summary>How often the user's changes were audited under that type.</summary>
    public Task<long> AuditedAsync(Person person, string type) =>
        ScalarAsync<long>(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM audit_events WHERE user_id = '{person.UserId}' AND type = '{type}'"));

    /// <summary>The user as <c>GET /api/users/me</c> shows it.</summary>
    public async Task<JsonObject> MeAsync(Person person)
    {
        using var response = await SendAsync(person, HttpMethod.Get, "api/users/me");
        return await OkAsync(response);
    }

    /// <summary>Asserts success; the body.</summary>
    public async Task<JsonObject> OkAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Ct)} {Logs.Errors()}");
        return await JsonAsync(response);
    }
}

/// <summary>Somebody who has logged in.</summary>
public sealed record Person(string Name, Guid UserId, Guid SessionId, string AccessToken, string RefreshToken)
{
    public static Person From(string name, JsonObject login) => new(
        name, Guid.Parse((string)login["user"]!["id"]!), Guid.Parse((string)login["sessionId"]!), (string)login["accessToken"]!, (string)login["refreshToken"]!);
}
