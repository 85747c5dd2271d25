using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using WxAuth.Api.Simulator.Faults;

namespace WxAuth.Api.Simulator.Calls;

/// <summary>/sns/jscode2session: a code of wx.login becomes openid and session_key.</summary>
internal sealed class Code2SessionCall(
    WeChatCallRunner runner, SimulatedApps apps, OneTimeCodes codes, SimulatedSessions sessions, CallQuotas quotas, FaultBoard faults,
    IOptions<WeChatSimulatorOptions> options)
{
    /// <summary>Only the query is read, whatever the method: a POST with a form lacks its appid (41002).</summary>
    public Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (appId, code) = (query["appid"].ToString(), query["js_code"].ToString());
        return runner.RunAsync(context, WeChatCall.Code2Session, appId, () => codes.UserOf(code), () =>
            Exchange(appId, query["secret"].ToString(), code, query["grant_type"].ToString()));
    }

    private WeChatReply Exchange(string appId, string secret, string code, string grantType)
    {
        var missing = appId.Length == 0 ? WeChatErrors.MissingAppId
            : secret.Length == 0 ? WeChatErrors.MissingSecret
            : code.Length == 0 ? WeChatErrors.MissingCode
            : !string.Equals(grantType, "authorization_code", StringComparison.Ordinal) ? WeChatErrors.InvalidGrantType
            : 0;
        if (missing != 0)
        {
            return WeChatReply.Error(missing);
        }

        if (apps.Find(appId) is not { } app || !string.Equals(app.AppSecret, secret, StringComparison.Ordinal))
        {
            if (options.Value.FailedExchangeConsumesCode)
            {
                codes.Burn(code);
            }

            return WeChatReply.Error(apps.Find(appId) is null ? WeChatErrors.InvalidAppId : WeChatErrors.InvalidSecret);
        }

        if (quotas.Count(appId, WeChatCall.Code2Session) is { } overQuota)
        {
            return WeChatReply.Error(overQuota);
        }

        var (verdict, user) = codes.Redeem(CodeKind.Login, appId, code);
        return verdict switch
        {
            CodeVerdict.Used => WeChatReply.Error(WeChatErrors.UsedCode),
            CodeVerdict.Good => faults.TakeBlock(appId, user) is { } blocked ? WeChatReply.Error(blocked) : Session(app, user),
            _ => WeChatReply.Error(WeChatErrors.InvalidCode),
        };
    }

    private WeChatReply Session(SimulatedApp app, string user)
    {
        var session = sessions.Current(app.AppId, user);
        // No errcode: WeChat left it out of successes in 2018.
        var members = new JsonObject { ["session_key"] = session.SessionKey, ["openid"] = session.OpenId };
        if (apps.UnionIdOf(app, user) is { } unionId)
        {
            members["unionid"] = unionId;
        }

        return WeChatReply.Success(members);
    }
}
