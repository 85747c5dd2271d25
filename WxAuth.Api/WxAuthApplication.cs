using FluentValidation;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WxAuth.Api.Accounts;
using WxAuth.Api.Admin;
using WxAuth.Api.Compatibility;
using WxAuth.Api.Configuration;
using WxAuth.Api.Health;
using WxAuth.Api.Hosting;
using WxAuth.Api.Login;
using WxAuth.Api.Playground;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Sessions;
using WxAuth.Api.Simulator;
using WxAuth.Api.Swagger;
using WxAuth.Api.Telemetry;
using WxAuth.Api.Tokens;
using WxAuth.Api.Users;
using WxAuth.Api.WeChat;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Api;

/// <summary>The composition root.</summary>
public static class WxAuthApplication
{
    /// <summary>A builder whose content root is the program's folder, so that it can be started from anywhere.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            // Whoever the entry assembly is: the controllers are this assembly's.
            ApplicationName = typeof(WxAuthApplication).Assembly.GetName().Name,
        });
        if (builder.Environment.IsDevelopment() && string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(StartupConfiguration.DevelopmentAddress);
        }

        return builder;
    }

    /// <summary>Puts the application together. Nothing is reached before it is started.</summary>
    /// <param name="builder">Of <see cref="CreateBuilder"/>.</param>
    /// <param name="settings">Checked; with a connection string.</param>
    public static WebApplication BuildWxAuth(this WebApplicationBuilder builder, Settings settings)
    {
        if (settings.Simulator)
        {
            builder.Services.AddWeChatSimulator(simulator =>
            {
                foreach (var app in DevelopmentApps())
                {
                    simulator.Apps.Add(new SimulatedApp(app.AppId, app.AppSecret, app.PushToken, app.PushAesKey));
                }
            });
            settings.WeChat.Apps = [.. settings.WeChat.Apps, .. DevelopmentApps()];
            builder.Services.AddPlaygroundAccount();
        }

        builder.AddTelemetry(export: settings.OtlpEndpoint is not null);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.SetKestrelLimits(settings.MaxConnections);
        builder.Services.AddWxAuth(settings);
        var app = builder.Build();
        app.UseWxAuth(settings);
        return app;
    }

    private static IEnumerable<WeChatAppOptions> DevelopmentApps() =>
    [
        new()
        {
            AppId = SimulatorDefaults.AppId,
            AppSecret = SimulatorDefaults.AppSecret,
            Name = "Simulator",
            PushToken = SimulatorDefaults.PushToken,
            PushAesKey = SimulatorDefaults.PushAesKey,
        },
        new()
        {
            AppId = SimulatorDefaults.BindingAppId,
            AppSecret = SimulatorDefaults.BindingAppSecret,
            Name = "Simulator, accounts required",
            RequireBinding = true,
        },
    ];

    private static void AddWxAuth(this IServiceCollection services, Settings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton(settings.MiniPrograms);
        services.AddSingleton(settings.Sessions);
        services.AddSingleton(settings.RateLimits);
        services.AddSingleton(Options.Create(settings.Jwt));
        services.AddSingleton(provider => Options.Create(WithSimulator(settings, provider)));
        services.AddWxAuthInfrastructure(
            new DatabaseOptions(settings.Database.ConnectionString!, settings.Database.MigrateOnStartup), settings.KeyRing);
        services.AddSingleton<SessionTokens>();
        services.AddScoped<LoginService>();
        services.AddScoped<SessionService>();
        services.AddUsers();
        services.AddScoped<PasswordCheck>();
        services.AddScoped<AccountService>();
        services.AddScoped<AdminService>();

        services.AddSilentArguments();
        services.AddControllers(mvc =>
            {
                JsonEncoding.OnlyUtf8(mvc);
                FormFields.OnlyWhereAsked(mvc);
            })
            .AddJsonOptions(json => json.JsonSerializerOptions.Converters.Add(new Rfc3339Converter()))
            .AddTutorialRoutes(settings.TutorialRoutes);
        services.AddProblems();
        services.AddBearer();
        services.AddHealth();
        services.AddAccessLog();
        services.AddSingleton<FailedLogins>();
        services.AddRequestRateLimits(settings.RateLimits);
        services.AddHostedService<ShutdownDelay>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownDelay.TimeoutOf(settings.ShutdownDelay));
        services.AddValidators();
        if (settings.Swagger)
        {
            services.AddSwagger();
        }
    }

    private static void AddUsers(this IServiceCollection services) => services
        .AddScoped<UserService>()
        .AddScoped<SessionIdentities>()
        .AddScoped<WeChatProfileService>()
        .AddSingleton<PhoneNumberExchange>()
        .AddScoped<PhoneService>()
        .AddScoped<WeChatSessionService>()
        .AddScoped<AvatarService>()
        .AddSingleton<PictureResultExecutor>()
        .AddScoped<PersonalDataService>()
        .AddSingleton<RefusedPushLog>()
        .AddScoped<PushService>();

    private static void AddValidators(this IServiceCollection services) => services
        .AddSingleton<IValidator<LoginRequest>, LoginRequestValidator>()
        .AddSingleton<IValidator<RefreshRequest>, RefreshRequestValidator>()
        .AddSingleton<IValidator<ProfilePatchRequest>, ProfilePatchRequestValidator>()
        .AddSingleton<IValidator<WeChatProfileRequest>, WeChatProfileRequestValidator>()
        .AddSingleton<IValidator<PhoneRequest>, PhoneRequestValidator>()
        .AddSingleton<IValidator<PasswordRequest>, PasswordRequestValidator>()
        .AddSingleton<IValidator<BindRequest>, BindRequestValidator>()
        .AddSingleton<IValidator<AccountRequest>, AccountRequestValidator>()
        .AddSingleton<IValidator<RolesRequest>, RolesRequestValidator>();

    private static void UseWxAuth(this WebApplication app, Settings settings)
    {
        if (settings.OtlpEndpoint is not null)
        {
            app.UseRouteNames();
        }

        app.UseKnownProxies(settings.ForwardedHeaders);
        app.UseSecurityHeaders();
        app.UseHttpLogging();
        app.UseConnectionDrain();
        app.UseProblems();
        if (settings.Swagger)
        {
            app.UseSwaggerPages();
        }

        app.UseRouteProblems();
        app.UseMiddleware<ReadinessGate>();
        app.UseNoStore();
        app.UseAuthentication();
        app.UseRequestRateLimits();
        app.UseAuthorization();
        app.WarnOfPlainPushes(settings.WeChat);
        app.MapControllers();
        app.MapHealth();
        app.MapAdminPage();
        app.MapPlayground(settings.Simulator);
        if (settings.Simulator)
        {
            app.MapWeChatSimulator();
        }
    }

    // The simulator is called over HTTP like WeChat itself, at the address that this process listens on.
    private static WeChatOptions WithSimulator(Settings settings, IServiceProvider provider)
    {
        if (settings.Simulator && provider.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address)
        {
            var own = BindingAddress.Parse(address);
            var host = own.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : own.Host;
            settings.WeChat.BaseUrl = $"{own.Scheme}://{host}:{own.Port}{SimulatorDefaults.BasePath}";
        }

        return settings.WeChat;
    }

    // Tokens and personal data are in no cache; what may be cached says so itself.
    private static void UseNoStore(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.Headers.CacheControl = "no-store";
        return next(context);
    });
}
