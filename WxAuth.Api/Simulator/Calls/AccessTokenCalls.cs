using System.Text.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Calls;

/// <summary>/cgi-bin/token and /cgi-bin/stable_token: the app's access_token.</summary>
internal sealed class AccessTokenCalls(WeChatCallRunner runner, SimulatedApps apps, AppAccessTokens tokens, CallQuotas quotas)
{
    public Task AnswerClassicAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var appId = query["appid"].ToString();
        return runner.RunAsync(context, WeChatCall.Token, appId, static () => null, () =>
            !HttpMethods.IsGet(context.Request.Method)
                ? WeChatReply.Error(WeChatErrors.GetNeeded)
                : Refusal(WeChatCall.Token, query["grant_type"].ToString(), appId, query["secret"].ToString()) is { } errcode
                    ? WeChatReply.Error(errcode)
                    : Granted(tokens.IssueClassic(appId)));
    }

    public async Task AnswerStableAsync(HttpContext context)
    {
        using var body = await SimulatorJson.ReadObjectAsync(context.Request, context.RequestAborted);
        var appId = body is null ? null : SimulatorJson.TextOf(body, "appid");
        await runner.RunAsync(context, WeChatCall.StableToken, appId, static () => null, () =>
            !HttpMethods.IsPost(context.Request.Method) ? WeChatReply.Error(WeChatErrors.PostNeeded)
            : body is null ? WeChatReply.Error(WeChatErrors.NotJson)
            : Stable(body, appId!));
    }

    private WeChatReply Stable(JsonDocument body, string appId)
    {
        if (Refusal(WeChatCall.StableToken, SimulatorJson.TextOf(body, "grant_type"), appId, SimulatorJson.TextOf(body, "secret")) is { } errcode)
        {
            return WeChatReply.Error(errcode);
        }

        var force = body.RootElement.TryGetProperty("force_refresh", out var wanted) && wanted.ValueKind is JsonValueKind.True;
        return tokens.IssueStable(appId, force) is { } grant ? Granted(grant) : WeChatReply.Error(WeChatErrors.DailyQuota);
    }

    private int? Refusal(WeChatCall call, string grantType, string appId, string secret)
    {
        if (appId.Length == 0)
        {
            return WeChatErrors.MissingAppId;
        }

        if (secret.Length == 0)
        {
            return WeChatErrors.MissingSecret;
        }

        if (!string.Equals(grantType, "client_credential", StringComparison.Ordinal))
        {
            return WeChatErrors.InvalidGrantType;
        }

        if (apps.Find(appId) is not { } app)
        {
            return WeChatErrors.InvalidAppId;
        }

        return string.Equals(app.AppSecret, secret, StringComparison.Ordinal) ? quotas.Count(appId, call) : WeChatErrors.InvalidSecret;
    }

    private static WeChatReply Granted(TokenGrant grant) => WeChatReply.Success(new JsonObject
    {
        ["access_token"] = grant.Token,
        ["expires_in"] = (int)grant.ExpiresIn.TotalSeconds,
    });
}
