using System.ComponentModel.DataAnnotations;

namespace WxAuth.Api.Simulator.Phone;

/// <summary>The calls of WeChat's client, for a developer without a phone.</summary>
internal static class PhoneEndpoints
{
    public static void Map(RouteGroupBuilder simulator)
    {
        var phone = simulator.MapGroup("/wx");
        phone.MapGet("/login", Login).Produces<SimulatedLoginResponse>().ProducesProblemText();
        phone.MapGet("/get-user-info", GetUserInfo).Produces<SimulatedUserInfoResponse>().ProducesProblemText();
        phone.MapGet("/get-phone-number", GetPhoneNumber).Produces<SimulatedPhoneNumberResponse>().ProducesProblemText();
    }

    /// <summary>Stands for wx.login: a code for POST /api/auth/login.</summary>
    /// <param name="user">Any name of 1 to 64 characters; the user exists as soon as it is named.</param>
    /// <param name="appId">The mini-program; left out: the first one.</param>
    /// <param name="apps">The apps.</param>
    /// <param name="phone">The phone.</param>
    internal static IResult Login([Required] string? user, string? appId, SimulatedApps apps, SimulatedPhone phone) =>
        Answer(user, appId, apps, phone.Login);

    /// <summary>Stands for wx.getUserInfo: the profile, signed and encrypted with the session_key that is current now.</summary>
    /// <param name="user" example="alice">Any name of 1 to 64 characters; it is the nickname.</param>
    /// <param name="appId">The mini-program; left out: the first one.</param>
    /// <param name="profile"><c>anonymous</c>: the placeholder that WeChat gives today, 微信用户; left out: the user's own.</param>
    /// <param name="apps">The apps.</param>
    /// <param name="phone">The phone.</param>
    internal static IResult GetUserInfo([Required] string? user, string? appId, string? profile, SimulatedApps apps, SimulatedPhone phone) =>
        profile is null or "anonymous"
            ? Answer(user, appId, apps, (app, name) => phone.GetUserInfo(app, name, anonymous: profile is not null))
            : SimulatorAnswers.Problem("profile is either left out or anonymous.");

    /// <summary>Stands for the phone number button: a code for POST /api/users/me/phone, and the older encrypted form.</summary>
    /// <param name="user" example="alice">Any name of 1 to 64 characters; the number is derived from it.</param>
    /// <param name="appId">The mini-program; left out: the first one.</param>
    /// <param name="apps">The apps.</param>
    /// <param name="phone">The phone.</param>
    internal static IResult GetPhoneNumber([Required] string? user, string? appId, SimulatedApps apps, SimulatedPhone phone) =>
        Answer(user, appId, apps, phone.GetPhoneNumber);

    private static IResult Answer<T>([Required] string? user, string? appId, SimulatedApps apps, Func<SimulatedApp, string, T> answer)
    {
        if (!SimulatedIdentity.IsUserName(user))
        {
            return SimulatorAnswers.Problem("user must be 1 to 64 characters.");
        }

        return apps.FindOrDefault(appId) is { } app
            ? SimulatorAnswers.Json(answer(app, user!))
            : SimulatorAnswers.Problem("appId is not an app of the simulator.");
    }
}
