using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Tokens;

/// <summary>Authentication by access token, and what routes need by default: one.</summary>
internal static class BearerSetup
{
    /// <summary>The policy of the administrator's routes.</summary>
    public const string AdminPolicy = "admin";

    /// <summary>The policy of the business services' routes.</summary>
    public const string BusinessServicePolicy = "business_service";

    public static IServiceCollection AddBearer(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
            .AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, BasicClientHandler>(BasicClientHandler.SchemeName, configureOptions: null);
        services.TryAddSingleton<BearerEvents>();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>>(provider => new ConfigureNamedOptions<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme,
            options =>
            {
                var validator = provider.GetRequiredService<AccessTokenValidator>();
                options.TokenHandlers.Clear();
                options.TokenHandlers.Add(validator);
                options.TokenValidationParameters = validator.Parameters;
                options.Events = provider.GetRequiredService<BearerEvents>();
                options.SaveToken = false;
            }));
        services.AddAuthorizationBuilder()
            .AddPolicy(AdminPolicy, policy => policy.RequireAuthenticatedUser().RequireRole(User.AdminRole))
            .AddPolicy(BusinessServicePolicy, policy => policy.AddAuthenticationSchemes(BasicClientHandler.SchemeName).RequireAuthenticatedUser())
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(JwtBearerDefaults.AuthenticationScheme).RequireAuthenticatedUser().Build());
        return services;
    }
}
