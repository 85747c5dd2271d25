using Microsoft.Extensions.DependencyInjection.Extensions;
using WxAuth.Api.Simulator.Calls;
using WxAuth.Api.Simulator.Faults;
using WxAuth.Api.Simulator.Phone;
using WxAuth.Api.Simulator.Push;

namespace WxAuth.Api.Simulator;

/// <summary>
/// WeChat's own server, simulated: an independent peer that shares no code with our client of WeChat. For Development and tests alone.
/// </summary>
public static class WeChatSimulatorExtensions
{
    /// <summary>Name of the HTTP client that pushes are sent with, so that a host in memory can give it another handler.</summary>
    public const string PushClientName = "WeChatSimulatorPush";

    /// <summary>Registers the simulator. It reads the time from the registered <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="configure">Names the apps; without it there is the one of <see cref="SimulatorDefaults"/>.</param>
    public static IServiceCollection AddWeChatSimulator(this IServiceCollection services, Action<WeChatSimulatorOptions>? configure = null)
    {
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddEndpointsApiExplorer();

        // The default logging of a client prints URLs, and with them signatures.
        services.AddHttpClient(PushClientName)
            .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
            .RemoveAllLoggers();

        return services
            .AddSingleton<SimulatedApps>()
            .AddSingleton<SimulatedSessions>()
            .AddSingleton<OneTimeCodes>()
            .AddSingleton<AppAccessTokens>()
            .AddSingleton<AccessTokenCheck>()
            .AddSingleton<CallQuotas>()
            .AddSingleton<CallStatistics>()
            .AddSingleton<FaultBoard>()
            .AddSingleton<FaultInjection>()
            .AddSingleton<WeChatCallRunner>()
            .AddSingleton<Code2SessionCall>()
            .AddSingleton<AccessTokenCalls>()
            .AddSingleton<PhoneNumberCall>()
            .AddSingleton<SessionKeyCalls>()
            .AddSingleton<SimulatedPhone>()
            .AddSingleton<PushSender>();
    }

    /// <summary>
    /// Maps everything under <see cref="SimulatorDefaults.BasePath"/>, open to everybody and under no limit of ours. The developer's calls (phone, faults) show in
    /// OpenAPI, WeChat's own do not; what is not mapped does not exist.
    /// </summary>
    public static IEndpointRouteBuilder MapWeChatSimulator(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var simulator = endpoints.MapGroup(SimulatorDefaults.BasePath).AllowAnonymous().DisableRateLimiting().WithTags("Simulator");

        MapCall(simulator, "/sns/jscode2session", services.GetRequiredService<Code2SessionCall>().AnswerAsync);
        MapCall(simulator, "/cgi-bin/token", services.GetRequiredService<AccessTokenCalls>().AnswerClassicAsync);
        MapCall(simulator, "/cgi-bin/stable_token", services.GetRequiredService<AccessTokenCalls>().AnswerStableAsync);
        MapCall(simulator, "/wxa/business/getuserphonenumber", services.GetRequiredService<PhoneNumberCall>().AnswerAsync);
        MapCall(simulator, "/wxa/checksession", services.GetRequiredService<SessionKeyCalls>().AnswerCheckAsync);
        MapCall(simulator, "/wxa/resetusersessionkey", services.GetRequiredService<SessionKeyCalls>().AnswerResetAsync);

        PhoneEndpoints.Map(simulator);
        FaultEndpoints.Map(simulator);
        PushEndpoints.Map(simulator);
        simulator.MapGet("/statistics", static (CallStatistics statistics) => SimulatorAnswers.Json(statistics.Read())).ExcludeFromDescription();

        SimulatorLog.Mapped(
            services.GetRequiredService<ILogger<WeChatSimulatorOptions>>(),
            SimulatorDefaults.BasePath,
            services.GetRequiredService<SimulatedApps>().Count);
        return endpoints;
    }

    // Any method: the wrong one has an errcode of its own, not a 405.
    private static void MapCall(RouteGroupBuilder simulator, string path, RequestDelegate answer) =>
        simulator.Map(path, answer).ExcludeFromDescription();
}
