using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Sessions;

/// <summary>First logins without HTTP and without WeChat, through the store of the product.</summary>
internal static class Logins
{
    /// <summary>Makes a user of that openid and starts a session.</summary>
    public static async Task<Session> StartAsync(IServiceProvider services, SessionTokens tokens, string openId, byte[] seed, DateTimeOffset now)
    {
        var login = new WeChatLogin(WxAuthApp.AppId, openId, null, new SealedSessionKey([1], [1], now));
        var user = User.Register(now);
        var identity = WeChatIdentity.Create(login, now);
        identity.LeadTo(user);
        var known = new KnownLogin
        {
            Identity = identity,
            User = user,
            Session = tokens.Start(user, (login.AppId, login.OpenId), seed, new ClientInfo(null, null), now),
        };
        Assert.True(await services.GetRequiredService<ILoginStore>().SaveAsync(known, TestContext.Current.CancellationToken));
        return known.Session;
    }
}
