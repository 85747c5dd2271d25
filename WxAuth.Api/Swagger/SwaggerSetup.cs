using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace WxAuth.Api.Swagger;

/// <summary>The OpenAPI document and Swagger UI: made from the XML comments, and complete with every problem an operation can answer.</summary>
internal static class SwaggerSetup
{
    private const string Bearer = "bearer";
    private const string Basic = "basic";

    public static IServiceCollection AddSwagger(this IServiceCollection services) => services
        .AddEndpointsApiExplorer()
        .AddSwaggerGen(Configure);

    public static void UseSwaggerPages(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(options =>
        {
            options.SwaggerEndpoint("/swagger/v1/swagger.json", "WxAuth");
            options.DocumentTitle = "WxAuth";
            options.EnablePersistAuthorization();
            options.DisplayRequestDuration();
        });
    }

    private static void Configure(SwaggerGenOptions options)
    {
        options.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "WxAuth",
            Version = "v1",
            Description = "Login back end for WeChat mini-programs. Every failure is RFC 9457 problem details; decide by `code` and `action`.",
        });
        options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, "WxAuth.Api.xml"), includeControllerXmlComments: true);
        options.SupportNonNullableReferenceTypes();
        options.AddSecurityDefinition(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "The `accessToken` of a login.",
        });
        options.AddSecurityDefinition(Basic, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "basic",
            Description = "A business service: an id and secret of `Introspection:Clients`.",
        });
        options.OperationFilter<SecurityFilter>();
        options.OperationFilter<ProblemResponsesFilter>();
    }
}
