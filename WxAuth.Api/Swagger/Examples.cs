using System.Text.Json;
using WxAuth.Api.Accounts;
using WxAuth.Api.Admin;
using WxAuth.Api.Audit;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Api.Sessions;
using WxAuth.Api.Simulator;
using WxAuth.Api.Simulator.Faults;
using WxAuth.Api.Simulator.Phone;
using WxAuth.Api.Tokens;
using WxAuth.Api.Users;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Swagger;

/// <summary>A body as it may look.</summary>
/// <param name="Name">Tells it from the type's other examples.</param>
/// <param name="Value">Of the type.</param>
internal sealed record Example(string Name, object Value);

/// <summary>One user's story in the bodies of requests and responses: written with the real types, so that they cannot differ from the wire.</summary>
internal static class Examples
{
    /// <summary>A binding ticket.</summary>
    public const string BindingTicket = "8m1xXQ2cVq0hN4ZcT3uWl7oYkR5bJ9eGfD6sA0pHiE4";

    private const string AppId = "wx5eb0a6f3c1d2e4f7";
    private const string OpenId = "oGZUI0egBJY1zhBYw2KhdUfwVJJE";
    private const string UserName = "li.lei";
    private const string Password = "correct horse battery staple";
    private const string AccessToken = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl";
    private const string RefreshToken = "AZqoC5vEdX2Yd3uQmT1wKf8sNpLzR6hJ0cVbG4yWxA";
    private const string Code = "0a3Xyz00abcDEF1234ghi567jkl890mn";
    private const string PhoneCode = "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144";
    private const string EncryptedData = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS";
    private const string Iv = "r7BXXKkLb8qrSNn05n0qiA==";
    private const string RawData = """{"nickName":"小明","gender":0,"language":"","city":"","province":"","country":"","avatarUrl":"https://thirdwx.qlogo.cn/132"}""";
    private const string Signature = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";
    private const string Ip = "203.0.113.7";
    private const string UserAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.50";

    private static readonly DateTimeOffset LoginAt = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid UserId = new("01939e3c-7c00-7a10-8000-3f1f0b6c2d01");
    private static readonly Guid SessionId = new("01939e3c-7c00-7b20-8000-9a4d5e6f7081");
    private static readonly Guid EventId = new("01939e3c-7c00-7c30-8000-1b2c3d4e5f60");

    private static readonly UserResponse NewUser = new()
    {
        Id = UserId,
        Nickname = null,
        AvatarUrl = null,
        PhoneNumber = null,
        UserName = null,
        Roles = [],
        CreatedAt = LoginAt,
    };

    private static readonly AdminUserResponse Administered = new()
    {
        Id = UserId,
        Nickname = "小明",
        AvatarUrl = "https://example.com/avatar.png",
        PhoneNumber = "+8613800138000",
        UserName = UserName,
        Roles = ["editor"],
        CreatedAt = LoginAt,
        Status = "active",
        LastLoginAt = LoginAt,
        LiveSessions = 1,
        Identities = [new AdminIdentityResponse(AppId, OpenId, UnionId: null)],
    };

    private static readonly JsonElement FirstLogin = JsonElement.Parse("""{"newUser":true}""");

    /// <summary>What a client sends, by its type.</summary>
    public static IReadOnlyDictionary<Type, IReadOnlyList<Example>> Requests { get; } = ByType(
    [
        new("A login", new LoginRequest { Code = Code }),
        new("With the phone number, where the server knows several mini-programs", new LoginRequest { Code = Code, AppId = AppId, PhoneCode = PhoneCode }),
        new("A refresh", new RefreshRequest { RefreshToken = RefreshToken }),
        new("A logout", new LogoutRequest { RefreshToken = RefreshToken }),
        new("A password", new PasswordRequest { UserName = UserName, Password = Password }),
        new("A binding", new BindRequest { BindingTicket = BindingTicket, UserName = UserName, Password = Password }),
        new("A nickname", new ProfilePatchRequest { Nickname = "小明" }),
        new("A profile", new WeChatProfileRequest { EncryptedData = EncryptedData, Iv = Iv, RawData = RawData, Signature = Signature }),
        new("The code", new PhoneRequest { Code = PhoneCode }),
        new("The older form", new PhoneRequest { EncryptedData = EncryptedData, Iv = Iv }),
        new("An account", new AccountRequest { UserName = UserName, Password = Password, Roles = ["editor"] }),
        new("Roles", new RolesRequest { Roles = ["editor"] }),
        new("The next two logins find WeChat busy", new FaultRequest { Kind = "errcode", Call = "jscode2session", Errcode = -1, Times = 2 }),
        new("One answer for alice is lost, her code is used up", new FaultRequest { Kind = "reply_lost", Call = "jscode2session", User = "alice", Times = 1 }),
        new("WeChat is slow until the faults are cleared", new FaultRequest { Kind = "delay", DelayMs = 5000 }),
    ]);

    /// <summary>What the server answers, by its type.</summary>
    public static IReadOnlyDictionary<Type, IReadOnlyList<Example>> Responses { get; } = ByType(
    [
        new("A first login", new LoginResponse
        {
            AccessToken = AccessToken,
            ExpiresIn = 1800,
            RefreshToken = RefreshToken,
            RefreshExpiresIn = 2_592_000,
            SessionId = SessionId,
            IsNewUser = true,
            User = NewUser,
        }),
        new("New tokens", new TokenResponse
        {
            AccessToken = AccessToken,
            ExpiresIn = 1800,
            RefreshToken = RefreshToken,
            RefreshExpiresIn = 2_592_000,
            SessionId = SessionId,
        }),
        new("A user", NewUser with { Nickname = "小明", AvatarUrl = "https://example.com/avatar.png", PhoneNumber = "+8613800138000" }),
        new("Sessions", new SessionsResponse(
        [
            new SessionResponse
            {
                Id = SessionId,
                Current = true,
                AppId = AppId,
                CreatedAt = LoginAt,
                RefreshedAt = LoginAt.AddHours(1),
                ExpiresAt = LoginAt.AddDays(30),
                Ip = Ip,
                UserAgent = UserAgent,
            },
        ])),
        new("Menus", new MenusResponse(
            [new MenuResponse("orders", "订单", "/pages/orders/index", "list", [new MenuResponse("refunds", "退款", "/pages/refunds/index", Icon: null, [])])])),
        new("The state at WeChat", new WeChatSessionResponse(Valid: true)),
        new("Personal data", new ExportResponse(
            new ExportedUserResponse(UserId, "小明", "https://example.com/avatar.png", "+8613800138000", UserName: null, [], LoginAt, LoginAt),
            [new ExportedIdentityResponse(AppId, OpenId, UnionId: null, LoginAt)],
            AsyncOf(new ExportedSessionResponse(
                SessionId, AppId, OpenId, LoginAt, LoginAt.AddHours(1), LoginAt.AddDays(30), EndedAt: null, EndReason: null, Ip, UserAgent)),
            AsyncOf(new ExportedAuditEventResponse(
                EventId, LoginAt, AuditTypes.Login, AuditOutcomes.Success, AppId, SessionId, Ip, FirstLogin)))),
        new("A good token", new IntrospectionResponse
        {
            Active = true,
            Sub = UserId.ToString(),
            Sid = SessionId.ToString(),
            ClientId = AppId,
            OpenId = OpenId,
            Roles = [],
            TokenType = "Bearer",
            Iat = LoginAt.ToUnixTimeSeconds(),
            Exp = LoginAt.AddMinutes(30).ToUnixTimeSeconds(),
            Iss = "https://auth.example.com",
            Aud = "wxauth",
            Jti = "01939e3c-7c00-7d40-8000-2c3d4e5f6071",
        }),
        new("Any other token", IntrospectionResponse.Inactive),
        new("A logout", new EndedSessionsResponse(
            "NDI6NDI6", [new EndedSessionResponse(SessionId, LoginAt.AddHours(1), SessionEndReason.Logout.ToWire(), LoginAt.AddMinutes(90))])),
        new("Metadata", MetadataResponse.For("https://auth.example.com")),
        new("Keys", new JwksResponse(
        [
            new JwkResponse
            {
                Kid = "Jx2bq0mPz6w",
                X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            },
        ])),
        new("A user", Administered),
        new("The last page", new AdminUsersResponse([Administered with { Identities = null }], NextCursor: null)),
        new("The last page", new AuditResponse(
            [new AuditEventResponse(EventId, LoginAt, AuditTypes.Login, AuditOutcomes.Success, UserId, AppId, SessionId, Ip, FirstLogin)], NextCursor: null)),
        new("A code", new SimulatedLoginResponse(Code)),
        new("A profile", new SimulatedUserInfoResponse(RawData, Signature, EncryptedData, Iv)),
        new("A phone number", new SimulatedPhoneNumberResponse(PhoneCode, EncryptedData, Iv)),
        new("A refusal", new SimulatorProblem("user must be 1 to 64 characters.")),
        new("A fault", new FaultResponse(1, "errcode", "jscode2session", User: null, AppId: null, Errcode: -1, Remaining: 2)),
        new("Faults", new FaultListResponse([new FaultResponse(1, "delay", Call: null, User: null, AppId: SimulatorDefaults.AppId, Errcode: null, Remaining: null)])),
    ]);

    private static IAsyncEnumerable<T> AsyncOf<T>(T item) => new[] { item }.ToAsyncEnumerable();

    private static Dictionary<Type, IReadOnlyList<Example>> ByType(IEnumerable<Example> examples) => examples
        .GroupBy(example => example.Value.GetType())
        .ToDictionary(group => group.Key, IReadOnlyList<Example> (group) => [.. group]);
}
