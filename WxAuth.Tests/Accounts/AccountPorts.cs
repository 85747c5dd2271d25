using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Accounts;

/// <summary>What <see cref="AccountService"/> calls, without a database: it hands out what a test has laid there.</summary>
internal sealed class AccountPorts : IAccountStore, IUserStore, IPasswordHasher, IAccessTokenIssuer, IRefreshTokens
{
    public const string Password = "right password";
    public static readonly ClientInfo Client = new(IPAddress.Parse("192.0.2.1"), "Tests");

    /// <summary>The clock, which stands.</summary>
    public FakeTimeProvider Time { get; } = new();

    public DateTimeOffset Now => Time.GetUtcNow();

    public SessionPolicy Policy { get; } = new() { MaxPerUser = 2 };

    /// <summary>The account whose name is asked for; <c>null</c>: there is none of that name.</summary>
    public User? Account { get; set; }

    public PasswordFailures PairFailures { get; } = PasswordFailures.None([1]);

    public PasswordFailures NameFailures { get; } = PasswordFailures.None([2]);

    public List<Session> Sessions { get; } = [];

    public List<string> AppIds { get; } = [];

    public TicketHolder? Holder { get; set; }

    public Session? AskingSession { get; set; }

    public LockedUser? JoiningUser { get; set; }

    /// <summary>What the decision was given, with what it added.</summary>
    public LockedAccount Decided { get; private set; } = null!;

    public AccountService Service => new(
        new PasswordCheck(this, this), this, this, new SessionTokens(this, this, Policy, Time), NullLogger<AccountService>.Instance);

    public static WeChatIdentity Identity(string appId, string openId, string? unionId = null) =>
        WeChatIdentity.Create(new WeChatLogin(appId, openId, unionId, new SealedSessionKey([], [], default)), default);

    public Session Session(User user, string? appId = null, string openId = "") =>
        WxAuth.Domain.Sessions.Session.Start(user, appId is null ? null : (appId, openId), [], Policy, Client, Now);

    public Task<Credentials?> FindCredentialsAsync(string userName, CancellationToken cancellationToken) =>
        Task.FromResult(Account is null ? null : new Credentials(Account.Id, Password));

    public Task<T> LoginAsync<T>(PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, T> decide, CancellationToken cancellationToken) =>
        Task.FromResult(decide(Lock(attempt)));

    public Task<T> BindAsync<T>(
        byte[] ticketHash, PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, TicketHolder?, T> decide, CancellationToken cancellationToken) =>
        Task.FromResult(decide(Lock(attempt), Holder));

    public Task<T> JoinAsync<T>(
        Guid userId,
        Guid sessionId,
        PasswordAttempt attempt,
        DateTimeOffset now,
        Func<LockedAccount, JoiningUser, T> decide,
        CancellationToken cancellationToken) => Task.FromResult(decide(Lock(attempt), new JoiningUser(AskingSession, JoiningUser)));

    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<WeChatIdentity?> FindIdentityAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<T> ChangeAsync<T>(Guid userId, T gone, Func<User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<T> ChangeWithAllAsync<T>(Guid userId, T gone, Func<LockedUser, T> change, CancellationToken cancellationToken) =>
        Task.FromResult(JoiningUser is null ? gone : change(JoiningUser));

    public Task<string> HashAsync(string password, IPAddress? client, CancellationToken cancellationToken) => Task.FromResult(password);

    public Task<PasswordVerdict> VerifyAsync(string? hash, string password, IPAddress? client, CancellationToken cancellationToken) =>
        Task.FromResult(hash == password ? PasswordVerdict.Success : PasswordVerdict.Failed);

    public string Issue(AccessTokenSubject subject, DateTimeOffset now) => $"access {subject.SessionId}";

    public byte[] CreateSeed(byte[]? loginKeyHash) => new byte[32];

    public string Write(RefreshTokenContent content) => $"refresh {content.SessionId}";

    public RefreshTokenContent? Read(string token) => null;

    private LockedAccount Lock(PasswordAttempt attempt) => Decided = new LockedAccount
    {
        PairFailures = PairFailures,
        NameFailures = NameFailures,
        User = attempt.IsRight ? Account : null,
        Sessions = Sessions,
        AppIds = AppIds,
    };
}
