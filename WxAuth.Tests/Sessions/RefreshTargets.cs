using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using WxAuth.Domain;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Sessions;

/// <summary>The domain alone: the service over sessions in memory, where every refresh goes through the state machine.</summary>
internal sealed class InMemoryTarget : IRefreshTarget
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero));
    private readonly Store _store = new();
    private readonly PlainRefreshTokens _refreshTokens = new();
    private readonly SessionTokens _tokens;
    private readonly SessionService _service;

    public InMemoryTarget()
    {
        _tokens = new SessionTokens(new NoAccessTokens(), _refreshTokens, new SessionPolicy(), _time);
        _service = new SessionService(_store, new NoUsers(), _tokens, NullLogger<SessionService>.Instance);
    }

    public DateTimeOffset Now => _time.GetUtcNow();

    public void Advance(TimeSpan by) => _time.Advance(by);

    public Task<string> LoginAsync()
    {
        var seed = _tokens.CreateSeed(loginKeyHash: null);
        var session = _tokens.Start(_store.User, ("wx", "o"), seed, new ClientInfo(null, null), Now);
        _store.Session = session;
        return Task.FromResult(_refreshTokens.Write(new RefreshTokenContent(session.Id, session.RefreshGeneration, seed)));
    }

    public Task<(string? Token, string? Refusal)> RefreshAsync(int node, string token) => RefreshAnswers.OfAsync(_service, token);

    public Task LogOutAsync(int node, string token) => _service.LogoutAsync(token, ip: null, CancellationToken.None);

    private sealed class Store : ISessionStore
    {
        public User User { get; } = User.Register(DateTimeOffset.UnixEpoch);

        public Session Session { get; set; } = null!;

        // No short way: every refresh is the state machine's to tell.
        public Task<RefreshedSession?> TryRefreshAsync(CommonRefresh refresh, CancellationToken cancellationToken) => Task.FromResult<RefreshedSession?>(null);

        public Task<T> ChangeAsync<T>(
            Guid sessionId, T unknown, Func<Session, User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) =>
            Task.FromResult(Session.Id == sessionId ? change(Session, User, []) : unknown);

        public Task<IReadOnlyList<Session>> ListAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class PlainRefreshTokens : IRefreshTokens
    {
        private byte _seeds;

        public byte[] CreateSeed(byte[]? loginKeyHash) => [++_seeds];

        public string Write(RefreshTokenContent content) => $"{content.SessionId} {content.Generation} {content.Seed[0]}";

        public RefreshTokenContent? Read(string token) => token.Split(' ') is [var id, var generation, var seed]
            ? new RefreshTokenContent(Guid.Parse(id), int.Parse(generation), [byte.Parse(seed)])
            : null;
    }

    private sealed class NoAccessTokens : IAccessTokenIssuer
    {
        public string Issue(AccessTokenSubject subject, DateTimeOffset now) => "";
    }

    private sealed class NoUsers : IUserStore
    {
        public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<WeChatIdentity?> FindIdentityAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<T> ChangeAsync<T>(
            Guid userId, T gone, Func<User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<T> ChangeWithAllAsync<T>(
            Guid userId, T gone, Func<LockedUser, T> change, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

/// <summary>The service and the store of two nodes, without HTTP, each walk with a clock of its own. The database is the real one.</summary>
internal sealed class InProcessTarget(WxAuthApp app, string name) : IRefreshTarget
{
    private readonly FakeTimeProvider _time = new(app.Time.GetUtcNow());
    private int _logins;

    public DateTimeOffset Now => _time.GetUtcNow();

    public void Advance(TimeSpan by) => _time.Advance(by);

    public async Task<string> LoginAsync()
    {
        await using var scope = app.Services.CreateAsyncScope();
        var tokens = TokensOf(scope);
        var seed = tokens.CreateSeed(loginKeyHash: null);
        var session = await Logins.StartAsync(scope.ServiceProvider, tokens, $"{name}-{++_logins}", seed, Now);
        return scope.ServiceProvider.GetRequiredService<IRefreshTokens>().Write(new RefreshTokenContent(session.Id, session.RefreshGeneration, seed));
    }

    public async Task<(string? Token, string? Refusal)> RefreshAsync(int node, string token)
    {
        await using var scope = app.Nodes[node].Services.CreateAsyncScope();
        return await RefreshAnswers.OfAsync(ServiceOf(scope), token);
    }

    public async Task LogOutAsync(int node, string token)
    {
        await using var scope = app.Nodes[node].Services.CreateAsyncScope();
        await ServiceOf(scope).LogoutAsync(token, ip: null, TestContext.Current.CancellationToken);
    }

    private SessionService ServiceOf(AsyncServiceScope scope) => new(
        scope.ServiceProvider.GetRequiredService<ISessionStore>(),
        scope.ServiceProvider.GetRequiredService<IUserStore>(),
        TokensOf(scope),
        NullLogger<SessionService>.Instance);

    private SessionTokens TokensOf(AsyncServiceScope scope) => new(
        scope.ServiceProvider.GetRequiredService<IAccessTokenIssuer>(),
        scope.ServiceProvider.GetRequiredService<IRefreshTokens>(),
        scope.ServiceProvider.GetRequiredService<SessionPolicy>(),
        _time);
}

/// <summary>The service's answers in the words of the wire.</summary>
internal static class RefreshAnswers
{
    public static async Task<(string? Token, string? Refusal)> OfAsync(SessionService service, string token) =>
        await service.RefreshAsync(token, ip: null, TestContext.Current.CancellationToken) switch
        {
            RefreshResult.Refreshed refreshed => (refreshed.Tokens.RefreshToken, null),
            RefreshResult.Refused { Failure: { Code: FailureCode.SessionRevoked } failure } => (null, $"session_revoked {WireName.Of(failure.Reason!.Value)}"),
            RefreshResult.Refused refused => (null, WireName.Of(refused.Failure.Code)),
            var other => throw new InvalidOperationException(other.ToString()),
        };
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
