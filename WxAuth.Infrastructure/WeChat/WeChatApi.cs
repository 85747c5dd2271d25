using System.Text.Json;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>WeChat's server over HTTP.</summary>
internal sealed partial class WeChatApi(
    WeChatApps apps,
    WeChatHttp http,
    WeChatResilience resilience,
    WeChatFaults faults,
    StableAccessTokens tokens,
    SessionKeyVault vault,
    TimeProvider time,
    ILogger<WeChatApi> logger) : IWeChatApi
{
    private const string CodeToSession = "sns/jscode2session";
    private const string GetUserPhoneNumber = "wxa/business/getuserphonenumber";
    private const string CheckSession = "wxa/checksession";

    /// <inheritdoc/>
    public async Task<CodeExchange> ExchangeCodeAsync(string appId, string code, CancellationToken cancellationToken)
    {
        var app = apps.Get(appId);
        return await resilience.RunAsync(scope => ExchangeAsync(app, code, scope), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<PhoneNumber?> GetPhoneNumberAsync(string appId, string phoneCode, CancellationToken cancellationToken)
    {
        var app = apps.Get(appId);
        var body = JsonSerializer.SerializeToUtf8Bytes(new PhoneNumberRequest(phoneCode), WeChatJson.Default.PhoneNumberRequest);
        var (reply, afterBusy) = await resilience.RunAsync(
            scope => SendWithTokenAsync(
                app,
                (token, cancellation) => http.PostAsync(GetUserPhoneNumber, [("access_token", token)], body, WeChatJson.Default.PhoneNumberReply, cancellation),
                scope),
            cancellationToken);
        return reply.ErrorCode switch
        {
            WeChatErrorCodes.Ok => PhoneNumbers.Parse(reply.PhoneInfo!.PhoneNumber, reply.PhoneInfo.PurePhoneNumber, reply.PhoneInfo.CountryCode)
                ?? throw new WeChatException(WeChatFault.BadResponse, "WeChat gave a phone number that is none."),
            WeChatErrorCodes.Code.Invalid when afterBusy => throw CodeMayBeUsedUp(),
            WeChatErrorCodes.Code.Invalid or WeChatErrorCodes.Code.OfAnotherApp => null,
            _ => throw faults.Of(appId, GetUserPhoneNumber, reply),
        };
    }

    /// <inheritdoc/>
    public async Task<bool> CheckSessionAsync(string appId, string openId, SealedSessionKey sessionKey, CancellationToken cancellationToken)
    {
        var app = apps.Get(appId);
        if (vault.SignNothing(appId, openId, sessionKey) is not { } signature)
        {
            // What we cannot open opens nothing: to the client that is a session_key that no longer holds.
            Log.SessionKeyLost(logger, appId);
            return false;
        }

        var (reply, _) = await resilience.RunAsync(
            scope => SendWithTokenAsync(
                app,
                (token, cancellation) => http.GetAsync(
                    CheckSession,
                    [("access_token", token), ("openid", openId), ("signature", signature), ("sig_method", "hmac_sha256")],
                    WeChatJson.Default.WeChatReply,
                    cancellation),
                scope),
            cancellationToken);
        return reply.ErrorCode switch
        {
            WeChatErrorCodes.Ok => true,
            WeChatErrorCodes.SessionKey.Missing or WeChatErrorCodes.SessionKey.BadSignature => false,
            _ => throw faults.Of(appId, CheckSession, reply),
        };
    }

    private async Task<CodeExchange> ExchangeAsync(WeChatAppOptions app, string code, WeChatScope scope)
    {
        // WeChat cannot have made the session_key before it was asked: of two logins at once the key that was asked for last
        // is the current one, whichever answer comes first.
        var askedAt = default(DateTimeOffset);
        var (reply, afterBusy) = await resilience.SendAsync(
            WeChatLane.Exchange,
            cancellation =>
            {
                askedAt = time.GetUtcNow();
                return http.GetAsync(
                    CodeToSession,
                    [("appid", app.AppId), ("secret", app.AppSecret), ("js_code", code), ("grant_type", "authorization_code")],
                    WeChatJson.Default.CodeToSessionReply,
                    cancellation);
            },
            scope);
        using (reply)
        {
            return reply.ErrorCode switch
            {
                WeChatErrorCodes.Ok => Accept(app.AppId, reply, askedAt),
                WeChatErrorCodes.Code.Invalid or WeChatErrorCodes.Code.Used when afterBusy => throw CodeMayBeUsedUp(),
                WeChatErrorCodes.Code.Invalid => new CodeExchange.Refused(CodeRefusal.Invalid),
                WeChatErrorCodes.Code.Used => new CodeExchange.Refused(CodeRefusal.Used),
                WeChatErrorCodes.User.HighRisk or WeChatErrorCodes.User.Restricted => new CodeExchange.Refused(CodeRefusal.UserBlocked),
                _ => throw faults.Of(app.AppId, CodeToSession, reply),
            };
        }
    }

    private CodeExchange.Accepted Accept(string appId, CodeToSessionReply reply, DateTimeOffset askedAt)
    {
        // The reply is complete: WeChatHttp has seen to it.
        var openId = reply.OpenId!;
        var unionId = string.IsNullOrEmpty(reply.UnionId) ? null : reply.UnionId;
        return new CodeExchange.Accepted(new WeChatLogin(appId, openId, unionId, vault.Seal(appId, openId, reply.SessionKey, askedAt)));
    }

    // A token can die before its time, when somebody else refreshed it: then a fresh one, and the same call once more.
    private async Task<WeChatAnswer<TReply>> SendWithTokenAsync<TReply>(
        WeChatAppOptions app, Func<string, CancellationToken, Task<TReply>> attempt, WeChatScope scope)
        where TReply : WeChatReply
    {
        var first = await tokens.GetAsync(app, scope.Token);
        var answer = await resilience.SendAsync(WeChatLane.Other, cancellation => attempt(first, cancellation), scope);
        if (!WeChatErrorCodes.AccessToken.IsRefused(answer.Reply.ErrorCode))
        {
            return answer;
        }

        tokens.Drop(app.AppId, first);
        var second = await tokens.GetAsync(app, scope.Token);
        var again = await resilience.SendAsync(WeChatLane.Other, cancellation => attempt(second, cancellation), scope);
        if (!WeChatErrorCodes.AccessToken.IsRefused(again.Reply.ErrorCode))
        {
            return again with { AfterBusy = answer.AfterBusy || again.AfterBusy };
        }

        tokens.Drop(app.AppId, second);
        throw new WeChatException(WeChatFault.Unavailable, $"WeChat refuses a fresh access token too (errcode {again.Reply.ErrorCode}).");
    }

    // Who said -1 may have used the code up: the refusal that follows is not the client's doing.
    private static WeChatException CodeMayBeUsedUp() =>
        new(WeChatFault.Unavailable, "WeChat was busy (errcode -1), and then refused the code.");

    private static partial class Log
    {
        [LoggerMessage(3113, LogLevel.Warning, "A kept session_key of {AppId} cannot be opened: the keys of Data Protection that sealed it are gone.")]
        public static partial void SessionKeyLost(ILogger logger, string appId);
    }
}
