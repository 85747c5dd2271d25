using System.Globalization;
using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Upgrade;

/// <summary>
/// Phones that do all that users do, each request to the next node in turn. Every answer is the expected one, or the load fails with it.
/// </summary>
/// <param name="app">Makes the accounts and the codes.</param>
/// <param name="errors">What the nodes have logged, for the message of a failure.</param>
/// <param name="nodes">Who is asked.</param>
internal sealed class Phones(AccountsApp app, Func<string> errors, params HttpClient[] nodes)
{
    private int _answers;

    /// <summary>Answers so far, all as expected.</summary>
    public int Answers => Volatile.Read(ref _answers);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Lets so many phones have so many days at once, one after the other each.</summary>
    /// <param name="phones">How many there are.</param>
    /// <param name="days">How many each has; on the next one another node begins.</param>
    public async Task UseAsync(int phones, int days)
    {
        var accounts = new List<string>();
        for (var phone = 0; phone < phones; phone++)
        {
            accounts.Add($"phone.{phone}");
            await app.CreateAccountAsync(accounts[phone], "teacher");
        }

        await Task.WhenAll(accounts.Select(async account =>
        {
            for (var day = 0; day < days; day++)
            {
                await new Day(this, account, day).LiveAsync();
            }
        }));
    }

    private sealed class Day(Phones phones, string account, int number)
    {
        private int _sent;

        public async Task LiveAsync()
        {
            await ReturnAsync();
            await ComeForTheFirstTimeAsync();
            await BindAsync();
            await JoinAsync();
            var login = await SendAsync(HttpMethod.Post, "api/auth/password", new { userName = account, password = AccountsApp.Password });
            await SendAsync(HttpMethod.Post, "api/auth/logout", token: Token(login), expected: 204);
        }

        // A user who was here yesterday. The session_key that one node seals is opened by the other.
        private async Task ReturnAsync()
        {
            var login = await LoginAsync(account);
            Assert.Equal(number == 0, (bool)login["isNewUser"]!);
            Assert.True((bool)(await GetAsync("api/users/me/wechat-session", login))["valid"]!);
            var tokens = await RefreshAsync(await RefreshAsync(login));
            Assert.Equal((string?)login["sessionId"], (string?)tokens["sessionId"]);
            var nickname = string.Create(CultureInfo.InvariantCulture, $"{account} on day {number}");
            await SendAsync(HttpMethod.Patch, "api/users/me", new { nickname }, Token(tokens));
            Assert.Equal(nickname, (string?)(await GetAsync("api/users/me", tokens))["nickname"]);
            var sessions = (await GetAsync("api/users/me/sessions", tokens))["sessions"]!.AsArray();
            Assert.Single(sessions, session => (bool)session!["current"]!);
            await GetAsync("api/users/me/export", tokens);
        }

        private async Task ComeForTheFirstTimeAsync()
        {
            var login = await LoginAsync(NewUser("new"));
            Assert.True((bool)login["isNewUser"]!);
            await GetAsync("api/users/me", login);
            await SendAsync(HttpMethod.Post, "api/auth/logout", token: Token(login), expected: 204);
        }

        private async Task BindAsync()
        {
            var code = await phones.CodeAsync(account, AccountsApp.BoundAppId);
            var refusal = await SendAsync(HttpMethod.Post, "api/auth/login", new { code, appId = AccountsApp.BoundAppId }, expected: 409);
            var login = await SendAsync(
                HttpMethod.Post, "api/auth/bind",
                new { bindingTicket = (string)refusal["bindingTicket"]!, userName = account, password = AccountsApp.Password });
            Assert.Equal(2, (await GetAsync("api/users/me/menus", login))["menus"]!.AsArray().Count);
            await SendAsync(HttpMethod.Delete, "api/users/me/binding", token: Token(login), expected: 204);
        }

        private async Task JoinAsync()
        {
            var login = await LoginAsync(NewUser("joins"));
            var joined = await SendAsync(
                HttpMethod.Post, "api/users/me/binding", new { userName = account, password = AccountsApp.Password }, Token(login));
            Assert.Equal(account, (string?)joined["user"]!["userName"]);
            await SendAsync(HttpMethod.Delete, "api/users/me/binding", token: Token(joined), expected: 204);
        }

        private string NewUser(string who) => string.Create(CultureInfo.InvariantCulture, $"{account}-{who}-{number}");

        private async Task<JsonObject> LoginAsync(string user)
        {
            var code = await phones.CodeAsync(user, WxAuthApp.AppId);
            return await SendAsync(HttpMethod.Post, "api/auth/login", new { code, appId = WxAuthApp.AppId });
        }

        private Task<JsonObject> RefreshAsync(JsonObject tokens) =>
            SendAsync(HttpMethod.Post, "api/auth/refresh", new { refreshToken = (string)tokens["refreshToken"]! });

        private Task<JsonObject> GetAsync(string path, JsonObject tokens) => SendAsync(HttpMethod.Get, path, token: Token(tokens));

        private Task<JsonObject> SendAsync(HttpMethod method, string path, object? body = null, string? token = null, int expected = 200) =>
            phones.SendAsync(number + _sent++, method, path, body, token, expected);

        private static string Token(JsonObject tokens) => (string)tokens["accessToken"]!;
    }

    private Task<string> CodeAsync(string user, string appId) => app.CodeAsync(user, appId);

    private async Task<JsonObject> SendAsync(int turn, HttpMethod method, string path, object? body, string? token, int expected)
    {
        var node = nodes[turn % nodes.Length];
        using var response = await app.SendAsync(method, path, token, body, node);
        var text = await response.Content.ReadAsStringAsync(Ct);
        var status = (int)response.StatusCode;
        Assert.True(status == expected, $"{method} {path} on {node.BaseAddress}: {status} {text}\n{errors()}");
        Interlocked.Increment(ref _answers);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }
}
