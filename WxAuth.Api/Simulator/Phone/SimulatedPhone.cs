using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Phone;

/// <summary>The user's side: WeChat's client on a phone.</summary>
internal sealed class SimulatedPhone(OneTimeCodes codes, SimulatedSessions sessions, SimulatedApps apps, TimeProvider time)
{
    public SimulatedLoginResponse Login(SimulatedApp app, string user)
    {
        sessions.Login(app.AppId, user);
        return new SimulatedLoginResponse(codes.Issue(CodeKind.Login, app.AppId, user));
    }

    public SimulatedUserInfoResponse GetUserInfo(SimulatedApp app, string user, bool anonymous)
    {
        var session = sessions.Current(app.AppId, user);
        var profile = Profile(user, anonymous);
        var rawData = profile.ToJsonString(SimulatorJson.WeChat);

        profile.Insert(0, "openId", session.OpenId);
        if (apps.UnionIdOf(app, user) is { } unionId)
        {
            profile["unionId"] = unionId;
        }

        profile["watermark"] = Watermark(app);
        var (encryptedData, iv) = OpenData.Encrypt(profile, session.SessionKey);
        return new SimulatedUserInfoResponse(rawData, OpenData.Sign(rawData, session.SessionKey), encryptedData, iv);
    }

    public SimulatedPhoneNumberResponse GetPhoneNumber(SimulatedApp app, string user)
    {
        var number = SimulatedIdentity.PhoneNumber(user);
        // The country code is text here, a number in the newer call; and there is no openId.
        var data = new JsonObject
        {
            ["phoneNumber"] = number,
            ["purePhoneNumber"] = number,
            ["countryCode"] = "86",
            ["watermark"] = Watermark(app),
        };
        var (encryptedData, iv) = OpenData.Encrypt(data, sessions.Current(app.AppId, user).SessionKey);
        return new SimulatedPhoneNumberResponse(codes.Issue(CodeKind.Phone, app.AppId, user), encryptedData, iv);
    }

    // Anonymous is what every mini-program of today gets: a fixed name, a grey picture, and nothing else.
    private static JsonObject Profile(string user, bool anonymous) => new()
    {
        ["nickName"] = anonymous ? "微信用户" : user,
        ["gender"] = 0,
        ["language"] = anonymous ? "" : "zh_CN",
        ["city"] = anonymous ? "" : "Guangzhou",
        ["province"] = anonymous ? "" : "Guangdong",
        ["country"] = anonymous ? "" : "China",
        ["avatarUrl"] = SimulatedIdentity.AvatarUrl(anonymous ? "" : user),
    };

    private JsonObject Watermark(SimulatedApp app) => new()
    {
        ["timestamp"] = time.GetUtcNow().ToUnixTimeSeconds(),
        ["appid"] = app.AppId,
    };
}
