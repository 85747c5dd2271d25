using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Swagger;

/// <summary>Puts the padlock on the operations that need one: every controller action that does not allow anonymous callers.</summary>
internal sealed class SecurityFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var problems = metadata.OfType<AnswersProblemsAttribute>().SelectMany(attribute => attribute.Codes).ToHashSet();
        var scheme = problems.Contains(ProblemCode.ClientInvalid) ? "basic" : problems.Contains(ProblemCode.TokenMissing) ? "bearer" : null;
        if (scheme is null)
        {
            return;
        }

        List<OpenApiSecurityRequirement> security = [new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] }];
        if (metadata.OfType<IAllowAnonymous>().Any() && scheme == "bearer")
        {
            security.Add([]); // with or without
        }

        operation.Security = security;
    }
}
