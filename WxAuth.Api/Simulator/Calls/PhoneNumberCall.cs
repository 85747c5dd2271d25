using System.Text.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Calls;

/// <summary>/wxa/business/getuserphonenumber: a code of the phone number button becomes the number.</summary>
internal sealed class PhoneNumberCall(
    WeChatCallRunner runner, AccessTokenCheck accessToken, OneTimeCodes codes, CallQuotas quotas, TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context)
    {
        using var body = await SimulatorJson.ReadObjectAsync(context.Request, context.RequestAborted);
        var (appId, errcode) = accessToken.Check(context.Request);
        var code = body is null ? "" : SimulatorJson.TextOf(body, "code");
        await runner.RunAsync(context, WeChatCall.GetUserPhoneNumber, appId, () => codes.UserOf(code), () =>
            !HttpMethods.IsPost(context.Request.Method) ? WeChatReply.Error(WeChatErrors.PostNeeded)
            : errcode is { } refused ? WeChatReply.Error(refused)
            : body is null ? WeChatReply.Error(WeChatErrors.NotJson)
            : Exchange(appId, code, body));
    }

    private WeChatReply Exchange(string appId, string code, JsonDocument body)
    {
        if (code.Length == 0)
        {
            return WeChatReply.Error(WeChatErrors.MissingCode);
        }

        if (quotas.Count(appId, WeChatCall.GetUserPhoneNumber) is { } overQuota)
        {
            return WeChatReply.Error(overQuota);
        }

        // Optional: whose code it ought to be.
        var openId = SimulatorJson.TextOf(body, "openid");
        if (openId.Length > 0 && codes.UserOf(code) is { } owner
            && !string.Equals(openId, SimulatedIdentity.OpenId(appId, owner), StringComparison.Ordinal))
        {
            return WeChatReply.Error(WeChatErrors.InvalidOpenId);
        }

        var (verdict, user) = codes.Redeem(CodeKind.Phone, appId, code);
        return verdict switch
        {
            CodeVerdict.Good => Number(appId, SimulatedIdentity.PhoneNumber(user)),
            CodeVerdict.OtherApp => WeChatReply.Error(WeChatErrors.InvalidAppId),
            // Used, too, is 40029 here: this call knows no 40163.
            _ => WeChatReply.Error(WeChatErrors.InvalidCode),
        };
    }

    private WeChatReply Number(string appId, string number) => WeChatReply.Success(new JsonObject
    {
        ["errcode"] = 0,
        ["errmsg"] = "ok",
        ["phone_info"] = new JsonObject
        {
            ["phoneNumber"] = number,
            ["purePhoneNumber"] = number,
            // A number, although the reference says string: as in WeChat's own sample.
            ["countryCode"] = 86,
            ["watermark"] = new JsonObject { ["timestamp"] = time.GetUtcNow().ToUnixTimeSeconds(), ["appid"] = appId },
        },
    });
}
