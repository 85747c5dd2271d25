using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using WxAuth.Domain.Users;
using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Erasure;

/// <summary>Several apps behind a proxy that tells client addresses, and people who leave traces everywhere.</summary>
public sealed class ErasureApp(TestCluster cluster) : SeveralApps(cluster)
{
    public const string Password = "correct horse battery";

    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private int _addresses;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [.. base.Configuration, new("ForwardedHeaders:KnownProxies:0", "127.0.0.1")];

    /// <summary>Somebody who logs in to an app, from an address and with a User-Agent of his own.</summary>
    public async Task<Traces> ArriveAsync(string name, string appId)
    {
        var address = $"198.51.100.{Interlocked.Increment(ref _addresses)}";
        var userAgent = $"phone-of-{name}";
        var person = await LoginFromAsync(name, appId, address, userAgent);
        var openId = await OpenIdAsync(person, appId);
        var unionId = await ScalarAsync<string>($"SELECT union_id FROM wechat_identities WHERE open_id = '{openId}'");
        // With the slash of PostgreSQL's inet: one address may be the beginning of another.
        return new Traces(person, [openId, .. unionId is null ? [] : new[] { unionId }], [$"{address}/", userAgent]);
    }

    /// <summary>Logs in from elsewhere.</summary>
    public async Task<Person> LoginFromAsync(string name, string appId, string address = "203.0.113.1", string userAgent = "elsewhere")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/login")
        {
            Content = JsonContent.Create(new { code = await CodeAsync(name, appId), appId }),
        };
        request.Headers.Add("X-Forwarded-For", address);
        request.Headers.UserAgent.ParseAdd(userAgent);
        using var response = await Client.SendAsync(request, Ct);
        return Person.From(name, await OkAsync(response));
    }

    /// <summary>Leaves nickname, phone number, picture, audit events of all kinds that hold something, and perhaps an account.</summary>
    public async Task<Traces> LiveAsync(Traces traces, string appId, bool account)
    {
        var (person, more) = (traces.Person, traces.Personal.ToList());
        var nickname = $"nick-{person.Name}";
        using var named = await SendAsync(person, HttpMethod.Patch, "api/users/me", new { nickname });
        await OkAsync(named);
        using var phone = await SendAsync(
            person, HttpMethod.Post, "api/users/me/phone", new { code = (string)(await PhoneButtonAsync(person.Name, appId))["code"]! });
        var number = (string)(await OkAsync(phone))["phoneNumber"]!;
        var picture = $"picture-of-{person.Name}";
        using var upload = new HttpRequestMessage(HttpMethod.Post, "api/users/me/avatar")
        {
            Content = new MultipartFormDataContent { { new ByteArrayContent([.. Png, .. Encoding.ASCII.GetBytes(picture)]), "file", "a.png" } },
        };
        upload.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.AccessToken);
        using var uploaded = await Client.SendAsync(upload, Ct);
        var pictureId = ((string)(await OkAsync(uploaded))["avatarUrl"]!)[^36..];
        more.AddRange([nickname, number, $"***{number[^4..]}", picture, pictureId]);
        var userName = $"account-of-{person.Name}";
        // The forms that events of earlier releases have.
        await ScalarAsync<int>($$"""
            INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
            SELECT gen_random_uuid(), now(), 'account_created', 'success', '{{person.UserId}}', '{{more[0].TrimEnd('/')}}',
                   '{"userName": "{{userName}}", "roles": []}'
            """);
        if (account)
        {
            var hash = $"hash-of-{person.Name}";
            await ScalarAsync<int>($"UPDATE users SET user_name = '{userName}', password_hash = '{hash}' WHERE id = '{person.UserId}'");
            more.Add(hash);
        }

        more.Add(userName);
        return traces with { Personal = more };
    }

    /// <summary>A platform account that has a profile of its own.</summary>
    public async Task<Guid> AccountAsync(string userName)
    {
        var id = Guid.CreateVersion7(Time.GetUtcNow());
        var hash = new PasswordHasher<User>().HashPassword(null!, Password);
        await ScalarAsync<int>($$"""
            INSERT INTO users (id, status, nickname, avatar_url, phone_number, user_name, password_hash, roles, created_at)
            VALUES ('{{id}}', 'active', 'Account', 'https://a.example/a.png', '+8613000000000', '{{userName}}', '{{hash}}', '{}', now())
            """);
        return id;
    }

    /// <summary>Joins that account, from elsewhere.</summary>
    public async Task<JsonObject> JoinAsync(Person person, string userName)
    {
        using var response = await SendAsync(person, HttpMethod.Post, "api/users/me/binding", new { userName, password = Password });
        return await OkAsync(response);
    }
}

/// <summary>Somebody, and what would tell of him.</summary>
/// <param name="Person">Who.</param>
/// <param name="Identity">What WeChat calls him: it moves with him where two users become one.</param>
/// <param name="Personal">All else.</param>
public sealed record Traces(Person Person, IReadOnlyList<string> Identity, IReadOnlyList<string> Personal)
{
    /// <summary>Everything.</summary>
    public IReadOnlyCollection<string> All => [.. Identity, .. Personal];
}
