using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Faults;

/// <summary>
/// Phones that go on logging in, reading their user and refreshing, whatever happens. A login whose answer is lost is sent again with the
/// same code and Idempotency-Key, as the client library does.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(30);

    private readonly HttpClient _client;
    private readonly SimulatedWeChat _weChat;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _phones;

    private Load(Uri address, SimulatedWeChat weChat, int phones)
    {
        _weChat = weChat;
        // A connection for each request: on a kept one a request can cross with its end (a proxy that reloads, a node that stops), which is
        // nobody's fault, and a POST is not sent twice.
        _client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(40) };
        _phones = [.. Enumerable.Range(0, phones).Select(phone => Task.Run(() => UseAsync(phone), CancellationToken.None))];
    }

    public Tally Tally { get; } = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static Load Start(Uri address, SimulatedWeChat weChat, int phones = 8) => new(address, weChat, phones);

    /// <summary>Waits until so many more logins and refreshes have succeeded.</summary>
    public async Task SucceedAsync(int more = 20, int withinSeconds = 30)
    {
        var (logins, refreshes) = (Tally.Logins + more, Tally.Refreshes + more);
        await Eventually.TrueAsync(
            () => Tally.Logins >= logins && Tally.Refreshes >= refreshes,
            TimeSpan.FromSeconds(withinSeconds),
            $"{more} more logins and refreshes; {Tally} {string.Join('\n', Tally.Faults.Take(3))}",
            Ct);
    }

    /// <summary>Waits until so many more requests have been refused with a code.</summary>
    public async Task RefuseAsync(string code, int more = 10, int withinSeconds = 30)
    {
        var target = Tally.RefusedAs(code) + more;
        await Eventually.TrueAsync(() => Tally.RefusedAs(code) >= target, TimeSpan.FromSeconds(withinSeconds), $"{more} more {code}; {Tally}", Ct);
    }

    /// <summary>Ends the load when each phone has its last answer.</summary>
    public async Task<Tally> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_phones);
        return Tally;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task UseAsync(int phone)
    {
        Tokens? tokens = null;
        for (var round = 0; !_stop.IsCancellationRequested; round++)
        {
            // Every other round a user that was never seen. A phone whose login fails goes on with the session that it has.
            tokens = await LoginAsync(round % 2 == 0 ? $"phone-{phone}" : $"phone-{phone}-{round}") ?? tokens;
            await RestAsync();
            for (var refresh = 0; refresh < 2 && tokens is not null && !_stop.IsCancellationRequested; refresh++)
            {
                var read = await SendAsync(HttpMethod.Get, "api/users/me", tokens.Access, body: null);
                if (read.Body is not null)
                {
                    Tally.CountRead();
                }

                await RestAsync();
                var refreshed = await SendAsync(HttpMethod.Post, "api/auth/refresh", accessToken: null, new { refreshToken = tokens.Refresh });
                if (refreshed.Body is not null)
                {
                    Tally.CountRefresh();
                    tokens = TokensOf(refreshed.Body);
                }

                await RestAsync();
            }
        }
    }

    private static Tokens TokensOf(JsonObject answer) => new((string)answer["accessToken"]!, (string)answer["refreshToken"]!);

    private async Task<Tokens?> LoginAsync(string user)
    {
        var body = new { code = await _weChat.CodeAsync(user, WxAuthApp.AppId) };
        var key = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        var answer = await SendAsync(HttpMethod.Post, "api/auth/login", accessToken: null, body, key);
        if (answer.IsLost)
        {
            // code_used means that the lost try had got no further than WeChat.
            answer = await SendAsync(HttpMethod.Post, "api/auth/login", accessToken: null, body, key, mayBeUsed: true);
        }

        if (answer.Body is null)
        {
            return null;
        }

        Tally.CountLogin(Guid.Parse((string)answer.Body["sessionId"]!));
        return TokensOf(answer.Body);
    }

    private async Task<Answer> SendAsync(
        HttpMethod method, string path, string? accessToken, object? body, string? idempotencyKey = null, bool mayBeUsed = false)
    {
        using var request = new HttpRequestMessage(method, path);
        if (accessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType());
        }

        Tally.CountSent();
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var response = await _client.SendAsync(request, CancellationToken.None);
            var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
            return Judge(path, response, text, TimeProvider.System.GetElapsedTime(start), mayBeUsed);
        }
        catch (HttpRequestException e)
        {
            Tally.CountLost($"{path}: {e.Message} {e.InnerException?.Message}");
            return Answer.Lost;
        }
        catch (TaskCanceledException)
        {
            Tally.CountFault($"{path}: no answer in {_client.Timeout.TotalSeconds} s");
            return Answer.Refused;
        }
    }

    private Answer Judge(string path, HttpResponseMessage response, string text, TimeSpan duration, bool mayBeUsed)
    {
        if (response.IsSuccessStatusCode)
        {
            Tally.CountAnswer(duration);
            return new Answer(JsonNode.Parse(text)!.AsObject(), IsLost: false);
        }

        if (response.Content.Headers.ContentType?.MediaType is not "application/problem+json")
        {
            // A proxy's own page: the node behind it is gone.
            Tally.CountLost($"{path}: {(int)response.StatusCode} of the proxy");
            return Answer.Lost;
        }

        var code = JsonSerializer.Deserialize<JsonObject>(text)!["code"]!.ToString();
        var documented = response.StatusCode switch
        {
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => response.Headers.RetryAfter?.Delta > TimeSpan.Zero,
            HttpStatusCode.BadGateway => true,
            HttpStatusCode.Unauthorized => mayBeUsed && code is "code_used",
            _ => false,
        };
        if (documented)
        {
            Tally.CountRefusal(code, duration);
        }
        else
        {
            Tally.CountFault(string.Create(CultureInfo.InvariantCulture, $"{path}: {(int)response.StatusCode} {text}"));
        }

        return Answer.Refused;
    }

    private async Task RestAsync()
    {
        try
        {
            await Task.Delay(Pace, TimeProvider.System, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The load ends: so does the rest.
        }
    }

    private sealed record Tokens(string Access, string Refresh);

    private sealed record Answer(JsonObject? Body, bool IsLost)
    {
        public static Answer Lost { get; } = new(null, IsLost: true);

        public static Answer Refused { get; } = new(null, IsLost: false);
    }
}
