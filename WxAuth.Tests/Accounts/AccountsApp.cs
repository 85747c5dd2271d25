using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WxAuth.Api.Simulator;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Accounts;

/// <summary>Two mini-programs, one that requires binding; menus; a counted password hasher; a proxy that tells client addresses.</summary>
public class AccountsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    /// <summary>The mini-program that requires binding.</summary>
    public const string BoundAppId = "wx0000000000000002";

    /// <summary>Right for every account that <see cref="CreateAccountAsync"/> makes.</summary>
    public const string Password = "correct horse battery";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Counts what the hasher is asked.</summary>
    public CountingHasher Hasher { get; } = new();

    protected override IEnumerable<KeyValuePair<string, string?>> Apps =>
    [
        .. base.Apps,
        new("WeChat:Apps:1:AppId", BoundAppId),
        new("WeChat:Apps:1:AppSecret", AppSecret),
        new("WeChat:Apps:1:RequireBinding", "true"),
    ];

    protected override IReadOnlyList<SimulatedApp> SimulatedApps => [new(AppId, AppSecret), new(BoundAppId, AppSecret)];

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        new("RateLimits:FailedLoginsPerMinutePerIp", "0"),
        new("ForwardedHeaders:KnownProxies:0", "127.0.0.1"),
        new("Menus:0:Key", "home"),
        new("Menus:0:Title", "首页"),
        new("Menus:0:Path", "/pages/home"),
        new("Menus:1:Key", "work"),
        new("Menus:1:Title", "工作"),
        new("Menus:1:Roles:0", "teacher"),
        new("Menus:1:Roles:1", "admin"),
        new("Menus:1:Children:0:Key", "classes"),
        new("Menus:1:Children:0:Title", "班级"),
        new("Menus:1:Children:1:Key", "settings"),
        new("Menus:1:Children:1:Title", "设置"),
        new("Menus:1:Children:1:Roles:0", "admin"),
    ];

    protected override void ConfigureServices(IServiceCollection services) => services.AddSingleton<IPasswordHasher<User>>(Hasher);

    /// <summary>Makes an account with <see cref="Password"/>; its user id.</summary>
    public async Task<Guid> CreateAccountAsync(string userName, params string[] roles)
    {
        await using var scope = Services.CreateAsyncScope();
        var id = await scope.ServiceProvider.GetRequiredService<AdminService>().CreateAccountAsync(userName, Password, roles, by: null, ip: null, Ct);
        return id!.Value;
    }

    /// <summary>Sends a user name and a password, from the given client address.</summary>
    public async Task<HttpResponseMessage> SendPasswordAsync(string userName, string password, string address = "192.0.2.1")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/auth/password") { Content = JsonContent.Create(new { userName, password }) };
        request.Headers.Add("X-Forwarded-For", address);
        return await Client.SendAsync(request, Ct);
    }

    /// <summary>Logs an account in; the whole response.</summary>
    public async Task<JsonObject> PasswordLoginAsync(string userName)
    {
        using var response = await SendPasswordAsync(userName, Password);
        Assert.True(response.IsSuccessStatusCode, $"{await response.Content.ReadAsStringAsync(Ct)} {Logs.Errors()}");
        return await JsonAsync(response);
    }

    /// <summary>Makes an account with the role admin and logs it in; its access token.</summary>
    public async Task<string> AdminTokenAsync(string userName)
    {
        await CreateAccountAsync(userName, "admin");
        return (string)(await PasswordLoginAsync(userName))["accessToken"]!;
    }

    /// <summary>Logs in to the app that requires binding; the ticket of its refusal.</summary>
    public async Task<string> TicketAsync(string user)
    {
        using var response = await Client.PostAsJsonAsync(
            "api/auth/login", new { code = await CodeAsync(user, BoundAppId), appId = BoundAppId }, Ct);
        return (string)(await AssertProblemAsync(response, 409, "binding_required"))["bindingTicket"]!;
    }

    /// <summary>Binds with a ticket.</summary>
    public Task<HttpResponseMessage> BindAsync(string bindingTicket, string userName, string password = Password) =>
        Client.PostAsJsonAsync("api/auth/bind", new { bindingTicket, userName, password }, Ct);

    /// <summary>Waits until this node has heard that the session has ended.</summary>
    public async Task WhenEndedAsync(JsonNode login)
    {
        var endedSessions = Services.GetRequiredService<IEndedSessions>();
        var sessionId = Guid.Parse((string)login["sessionId"]!);
        while (true)
        {
            var news = endedSessions.NextNews;
            if (endedSessions.Find(sessionId) is not null)
            {
                return;
            }

            await news.WaitAsync(Ct);
        }
    }

    /// <summary>The number of audit events that the condition selects.</summary>
    public Task<long> AuditCountAsync(string condition) => ScalarAsync<long>($"SELECT count(*) FROM audit_events WHERE {condition}");

    /// <summary>Asserts that a response is a success with that status.</summary>
    public static async Task AssertStatusAsync(HttpResponseMessage response, int status) =>
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Ct)}");
}

/// <summary>ASP.NET Core Identity's hasher, counted, and at a hundredth of its cost: what is tested is how often it runs.</summary>
public sealed class CountingHasher : IPasswordHasher<User>
{
    public const int IterationCount = 1000;

    private readonly PasswordHasher<User> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = IterationCount }));
    private int _calls;

    /// <summary>Hashes and comparisons up to now: each is one run of PBKDF2.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public string HashPassword(User user, string password)
    {
        Interlocked.Increment(ref _calls);
        return _hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _calls);
        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
