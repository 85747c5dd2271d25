using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>
/// The apps' own access tokens (stable_token), each fetched by one caller for all. In its last five minutes a token is still
/// handed out while the next one is fetched. Never force_refresh: it kills the token of the other nodes.
/// </summary>
internal sealed partial class StableAccessTokens(
    WeChatHttp http, WeChatResilience resilience, WeChatFaults faults, TimeProvider time, ILogger<StableAccessTokens> logger)
{
    private const string StableToken = "cgi-bin/stable_token";

    private static readonly TimeSpan s_refreshMargin = TimeSpan.FromMinutes(5);

    // A refresh that failed is tried again, but not by every call.
    private static readonly TimeSpan s_refreshPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>The token of the app, from the cache or from WeChat.</summary>
    /// <exception cref="WeChatException">None could be had. The failure is not kept: the next call asks again.</exception>
    public async ValueTask<string> GetAsync(WeChatAppOptions app, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd(app.AppId, static _ => new Slot());
        Task<Fetched> flight;
        lock (slot)
        {
            var now = time.GetUtcNow();
            var token = slot.Token;
            if (token is not null && now < token.RefreshAt)
            {
                return token.Value;
            }

            flight = slot.Flight ??= Task.Run(() => FetchAsync(app, slot), CancellationToken.None);
            if (token is not null && now < token.ExpiresAt)
            {
                return token.Value;
            }
        }

        // The flight is everybody's: who goes away leaves it to the others.
        var fetched = await flight.WaitAsync(cancellationToken);
        return fetched.Fault is not { } fault
            ? fetched.Token!.Value
            : throw new WeChatException(fault.Fault, fault.Message, fault.RetryAfter, fault);
    }

    /// <summary>Forgets a token that WeChat refused, unless another one has taken its place meanwhile.</summary>
    public void Drop(string appId, string token)
    {
        if (_slots.TryGetValue(appId, out var slot))
        {
            lock (slot)
            {
                if (slot.Token?.Value == token)
                {
                    slot.Token = null;
                }
            }
        }
    }

    private async Task<Fetched> FetchAsync(WeChatAppOptions app, Slot slot)
    {
        Token? token = null;
        try
        {
            token = await resilience.RunAsync(scope => FetchAsync(app, scope), CancellationToken.None);
            return new Fetched(token, Fault: null);
        }
        catch (WeChatException exception)
        {
            Log.FetchFailed(logger, app.AppId, exception.Fault);
            return new Fetched(Token: null, exception);
        }
        finally
        {
            lock (slot)
            {
                slot.Flight = null;
                slot.Token = token ?? slot.Token?.RefreshedNotBefore(time.GetUtcNow() + s_refreshPause);
            }
        }
    }

    private async Task<Token> FetchAsync(WeChatAppOptions app, WeChatScope scope)
    {
        var askedAt = default(DateTimeOffset);
        var (reply, _) = await resilience.SendAsync(
            WeChatLane.Other,
            cancellation =>
            {
                askedAt = time.GetUtcNow();
                var body = JsonSerializer.SerializeToUtf8Bytes(
                    new StableTokenRequest("client_credential", app.AppId, app.AppSecret), WeChatJson.Default.StableTokenRequest);
                return http.PostAsync(StableToken, [], body, WeChatJson.Default.StableTokenReply, cancellation);
            },
            scope);
        return reply.ErrorCode switch
        {
            WeChatErrorCodes.Ok => Token.Of(reply.AccessToken!, askedAt, TimeSpan.FromSeconds(reply.ExpiresIn), s_refreshMargin),
            // Here 40001 means the AppSecret.
            WeChatErrorCodes.AccessToken.NotLatest => throw faults.RejectedApp(app.AppId, StableToken, reply),
            _ => throw faults.Of(app.AppId, StableToken, reply),
        };
    }

    /// <summary>What a flight brought home: one of the two.</summary>
    private sealed record Fetched(Token? Token, WeChatException? Fault);

    private sealed record Token(string Value, DateTimeOffset RefreshAt, DateTimeOffset ExpiresAt)
    {
        // stable_token may give one that has no more than five minutes left.
        public static Token Of(string value, DateTimeOffset askedAt, TimeSpan life, TimeSpan margin) =>
            new(value, askedAt + life - (margin < life / 2 ? margin : life / 2), askedAt + life);

        public Token RefreshedNotBefore(DateTimeOffset at) => at > RefreshAt ? this with { RefreshAt = at } : this;
    }

    private sealed class Slot
    {
        public Token? Token { get; set; }

        public Task<Fetched>? Flight { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(3120, LogLevel.Warning, "No access token of {AppId} could be fetched: {Fault}.")]
        public static partial void FetchFailed(ILogger logger, string appId, WeChatFault fault);
    }
}
