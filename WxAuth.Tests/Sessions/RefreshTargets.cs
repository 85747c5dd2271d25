using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using WxAuth.Domain;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Sessions;

/// <summary>The service and the store of two nodes, without HTTP, each walk with a clock of its own. The database is the real one.</summary>
internal sealed class InProcessTarget(WxAuthApp app, string name) : IRefreshTarget
{
    private static readonly ClientInfo Client = new(null, null);
    private readonly FakeTimeProvider _time = new(app.Time.GetUtcNow());
    private int _logins;

    public DateTimeOffset Now => _time.GetUtcNow();

    public void Advance(TimeSpan by) => _time.Advance(by);

    public async Task<string> LoginAsync()
    {
        await using var scope = app.Services.CreateAsyncScope();
        var tokens = scope.ServiceProvider.GetRequiredService<SessionTokens>();
        var policy = scope.ServiceProvider.GetRequiredService<SessionPolicy>();
        var seed = tokens.CreateSeed(loginKeyHash: null);
        var expiresAt = policy.ExpiryAt(Now);
        var recorded = await scope.ServiceProvider.GetRequiredService<ILoginStore>().RecordAsync(
            new NewLogin(
                new WeChatLogin(WxAuthApp.AppId, $"{name}-{++_logins}", null, new SealedSessionKey([1], [1], Now)),
                RequireBinding: false, Now, Guid.CreateVersion7(Now), SHA256.HashData(seed), expiresAt, policy.AccessExpiryAt(Now, expiresAt),
                TicketHash: null, LoginKeyHash: null, policy.MaxPerUser, Client),
            TestContext.Current.CancellationToken);
        var login = Assert.IsType<RecordedLogin.LoggedIn>(recorded);
        return scope.ServiceProvider.GetRequiredService<IRefreshTokens>().Write(new RefreshTokenContent(login.SessionId, login.Generation, seed));
    }

    public async Task<(string? Token, string? Refusal)> RefreshAsync(int node, string token)
    {
        await using var scope = app.Nodes[node].Services.CreateAsyncScope();
        return await ServiceOf(scope).RefreshAsync(token, Client, TestContext.Current.CancellationToken) switch
        {
            RefreshResult.Refreshed refreshed => (refreshed.Tokens.RefreshToken, null),
            RefreshResult.Refused { Failure: { Code: FailureCode.SessionRevoked } failure } => (null, $"session_revoked {Snake(failure.Reason!.Value)}"),
            RefreshResult.Refused refused => (null, Snake(refused.Failure.Code)),
            var other => throw new InvalidOperationException(other.ToString()),
        };
    }

    public async Task LogOutAsync(int node, string token)
    {
        await using var scope = app.Nodes[node].Services.CreateAsyncScope();
        await ServiceOf(scope).LogoutAsync(token, ip: null, TestContext.Current.CancellationToken);
    }

    private SessionService ServiceOf(AsyncServiceScope scope) => new(
        scope.ServiceProvider.GetRequiredService<ISessionStore>(),
        scope.ServiceProvider.GetRequiredService<SessionTokens>(),
        scope.ServiceProvider.GetRequiredService<SessionPolicy>(),
        _time,
        NullLogger<SessionService>.Instance);

    private static string Snake<T>(T value) where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? $"{(i == 0 ? "" : "_")}{char.ToLowerInvariant(c)}" : $"{c}"));
}

/// <summary>Two nodes over HTTP, on the fixture's clock.</summary>
internal sealed class HttpTarget(WxAuthApp app, HttpClient otherNode, string name) : IRefreshTarget
{
    private int _logins;

    public DateTimeOffset Now => app.Time.GetUtcNow();

    public void Advance(TimeSpan by) => app.Time.Advance(by);

    public async Task<string> LoginAsync() => (string)(await app.LoginAsync($"{name}-{++_logins}"))["refreshToken"]!;

    public async Task<(string? Token, string? Refusal)> RefreshAsync(int node, string token)
    {
        using var response = await ClientOf(node).PostAsJsonAsync("api/auth/refresh", new { refreshToken = token }, TestContext.Current.CancellationToken);
        var answer = await WxAuthApp.JsonAsync(response);
        return response.IsSuccessStatusCode
            ? ((string)answer["refreshToken"]!, null)
            : (null, $"{answer["code"]} {answer["reason"]}".Trim());
    }

    public async Task LogOutAsync(int node, string token)
    {
        using var response = await ClientOf(node).PostAsJsonAsync("api/auth/logout", new { refreshToken = token }, TestContext.Current.CancellationToken);
        Assert.Equal(204, (int)response.StatusCode);
    }

    private HttpClient ClientOf(int node) => node == 0 ? app.Client : otherNode;
}
