using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WxAuth.Api.Configuration;
using WxAuth.Api.Health;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Sessions;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Api.Users;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure;

namespace WxAuth.Api;

/// <summary>The composition root.</summary>
public static class WxAuthApplication
{
    /// <summary>Registers everything that serves requests.</summary>
    public static void AddWxAuth(this WebApplicationBuilder builder, WxAuthSettings settings)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings.MiniPrograms);
        services.AddSingleton(settings.SessionPolicy);
        services.AddWxAuthInfrastructure(builder.Configuration, settings.Database, settings.DataProtection);
        services.AddSingleton<SessionTokens>();
        services.AddScoped<LoginService>();
        services.AddScoped<SessionService>();
        services.AddScoped<UserService>();

        services.AddControllers().AddJsonOptions(json =>
        {
            json.JsonSerializerOptions.Converters.Add(new Rfc3339Converter());
            json.JsonSerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddProblems();
        services.AddBearer();
        services.AddHealth();
        services.AddSingleton<IValidator<LoginRequest>, LoginRequestValidator>();
        services.AddSingleton<IValidator<RefreshRequest>, RefreshRequestValidator>();
        services.AddSingleton<IValidator<ProfilePatchRequest>, ProfilePatchRequestValidator>();
        if (settings.SwaggerEnabled)
        {
            services.AddSwagger();
        }
    }

    /// <summary>Lays the pipeline.</summary>
    public static void UseWxAuth(this WebApplication app, WxAuthSettings settings)
    {
        app.UseProblems();
        if (settings.SwaggerEnabled)
        {
            app.UseSwaggerPages();
        }

        app.UseRouteProblems();
        app.UseMiddleware<ReadinessGate>();
        app.UseNoStore();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapControllers();
        app.MapHealth();
    }

    // Tokens and personal data are in no cache; what may be cached says so itself.
    private static void UseNoStore(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.Headers.CacheControl = "no-store";
        return next(context);
    });
}
