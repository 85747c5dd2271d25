using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace WxAuth.Api.Swagger;

/// <summary>The OpenAPI document and Swagger UI: made from the XML comments, and complete with every problem an operation can answer.</summary>
internal static class SwaggerSetup
{
    /// <summary>The security scheme of users.</summary>
    public const string Bearer = "bearer";

    /// <summary>The security scheme of business services.</summary>
    public const string Basic = "basic";

    private const string Introduction = """
        Login back end for WeChat mini-programs (微信小程序).

        - **Authorize** takes the `accessToken` of a login; operations with a padlock need it.
        - Every failure is RFC 9457 problem details: decide by `code` and `action`; `title` and `detail` are fit to be shown to a user, in Chinese or
          English by `Accept-Language`.
        - Times are RFC 3339 in UTC, ids are UUIDv7. Unknown members are ignored. A body has at most 64 KiB (an avatar: 1 MiB).
        """;

    // The bar would only say whose tool this is, over one document to choose from.
    private const string Style = "<style>.swagger-ui .topbar { display: none } .swagger-ui .info { margin: 30px 0 }</style>";

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
            options.HeadContent = Style;
            options.EnablePersistAuthorization();
            options.EnableDeepLinking();
            options.DisplayRequestDuration();
            options.DefaultModelsExpandDepth(0);
        });
    }

    private static void Configure(SwaggerGenOptions options)
    {
        options.SwaggerDoc("v1", new OpenApiInfo { Title = "WxAuth", Version = "v1", Description = Introduction });
        options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, "WxAuth.Api.xml"));
        options.SupportNonNullableReferenceTypes();
        options.OrderActionsBy(TagsFilter.SortKey);
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
        options.DocumentFilter<TagsFilter>();
        options.OperationFilter<SecurityFilter>();
        options.OperationAsyncFilter<ExamplesFilter>();
        options.OperationFilter<ProblemResponsesFilter>();
    }
}
