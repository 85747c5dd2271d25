using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Requests;

/// <summary>Who asks.</summary>
internal static class CallerExtensions
{
    /// <summary>The user and the session of the request's access token.</summary>
    public static Caller Caller(this HttpContext context) => new(
        context.User.UserId(), context.User.SessionId(), context.User.AppId(), context.User.OpenId(), context.ClientIp());
}
