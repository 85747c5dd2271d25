using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

internal static class WeChatServiceCollectionExtensions
{
    /// <summary>Adds WeChat's server. Data Protection, logging and <see cref="WeChatOptions"/> are the caller's to add.</summary>
    public static IServiceCollection AddWeChat(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        // By key, so that a test can put another handler in its place. No IHttpClientFactory: its handlers log the address, which has
        // the secret in it, and cost more than the pool that they manage.
        services.TryAddKeyedSingleton<HttpMessageHandler>(
            WeChatHttp.HandlerKey, (provider, _) => WeChatHttp.CreateHandler(provider.GetRequiredService<IOptions<WeChatOptions>>().Value));
        services.AddSingleton(provider => new WeChatHttp(
            new HttpMessageInvoker(provider.GetRequiredKeyedService<HttpMessageHandler>(WeChatHttp.HandlerKey), disposeHandler: false),
            provider.GetRequiredService<IOptions<WeChatOptions>>()));
        services.AddSingleton<WeChatApps>();
        services.AddSingleton<SessionKeyVault>();
        services.AddSingleton<WeChatResilience>();
        services.AddSingleton<WeChatFaults>();
        services.AddSingleton<StableAccessTokens>();
        services.AddSingleton<IWeChatApi, WeChatApi>();
        services.AddSingleton<IUserDataDecryptor, UserDataDecryptor>();
        services.AddSingleton<IPushReader, PushReader>();
        return services;
    }
}
