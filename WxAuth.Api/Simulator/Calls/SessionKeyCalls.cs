using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Calls;

/// <summary>/wxa/checksession and /wxa/resetusersessionkey: is a session_key still the current one, and give me another.</summary>
internal sealed class SessionKeyCalls(WeChatCallRunner runner, AccessTokenCheck accessToken, SimulatedSessions sessions, CallQuotas quotas)
{
    public Task AnswerCheckAsync(HttpContext context) =>
        AnswerAsync(context, WeChatCall.CheckSession, static (_, _) => Ok());

    public Task AnswerResetAsync(HttpContext context) => AnswerAsync(context, WeChatCall.ResetUserSessionKey, (appId, session) =>
    {
        if (sessions.Reset(appId, session) is not { } sessionKey)
        {
            return WeChatReply.Error(WeChatErrors.InvalidSignature);
        }

        var reply = Ok();
        reply.Members["openid"] = session.OpenId;
        reply.Members["session_key"] = sessionKey;
        return reply;
    });

    private Task AnswerAsync(HttpContext context, WeChatCall call, Func<string, SimulatedSession, WeChatReply> answer)
    {
        var (appId, errcode) = accessToken.Check(context.Request);
        var query = context.Request.Query;
        var session = sessions.Find(appId, query["openid"].ToString());
        return runner.RunAsync(context, call, appId, () => session?.User, () =>
            (!HttpMethods.IsGet(context.Request.Method) ? WeChatErrors.GetNeeded
                : errcode ?? Refusal(call, appId, session, query["openid"].ToString(), query["signature"].ToString(), query["sig_method"].ToString()))
            is { } refused ? WeChatReply.Error(refused) : answer(appId, session!));
    }

    private int? Refusal(WeChatCall call, string appId, SimulatedSession? session, string openId, string signature, string signatureMethod)
    {
        if (openId.Length == 0 || signature.Length == 0)
        {
            return WeChatErrors.InvalidArguments;
        }

        if (!string.Equals(signatureMethod, "hmac_sha256", StringComparison.Ordinal))
        {
            return WeChatErrors.InvalidSignatureMethod;
        }

        if (quotas.Count(appId, call) is { } overQuota)
        {
            return overQuota;
        }

        if (session is null)
        {
            // Documented for the reset alone: the check says that the key does not fit.
            return call is WeChatCall.ResetUserSessionKey ? WeChatErrors.NoSessionKey : WeChatErrors.InvalidSignature;
        }

        return string.Equals(signature, Sign(session.SessionKey), StringComparison.Ordinal) ? null : WeChatErrors.InvalidSignature;
    }

    /// <summary>HMAC-SHA256 over nothing; the key is the text of the session_key, not the bytes that it stands for.</summary>
    internal static string Sign(string sessionKey) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(sessionKey), ReadOnlySpan<byte>.Empty));

    private static WeChatReply Ok() => WeChatReply.Success(new JsonObject { ["errcode"] = 0, ["errmsg"] = "ok" });
}
