using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using WxAuth.Api.Problems;
using WxAuth.Api.Tokens;

namespace WxAuth.Api.Swagger;

/// <summary>
/// Puts the padlock on the operations that need one, by the metadata that authorization itself goes by: whatever does not allow
/// anonymous callers needs a user, and the business services' policy needs their secret.
/// </summary>
internal sealed class SecurityFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var isBasic = metadata.OfType<IAuthorizeData>().Any(data => data.Policy == BearerSetup.BusinessServicePolicy);
        List<OpenApiSecurityRequirement> security =
            [new() { [new OpenApiSecuritySchemeReference(isBasic ? SwaggerSetup.Basic : SwaggerSetup.Bearer, context.Document)] = [] }];
        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            // Logging out: with a token or with something in its place. An empty requirement is "none" (OpenAPI 3.0.4, 4.8.30).
            if (!metadata.OfType<AnswersProblemsAttribute>().Any(attribute => attribute.Codes.Contains(ProblemCode.TokenMissing)))
            {
                return;
            }

            security.Add([]);
        }

        operation.Security = security;
    }
}
