using Microsoft.AspNetCore.Mvc.Controllers;
using WxAuth.Api.Problems;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Api.Health;

/// <summary>Until the database has been reached and migrated and the keys are loaded, every operation is answered <c>database_unavailable</c>.</summary>
internal sealed class ReadinessGate(RequestDelegate next, Readiness readiness)
{
    public Task InvokeAsync(HttpContext context) =>
        readiness.IsReady || context.GetEndpoint()?.Metadata.GetMetadata<ControllerActionDescriptor>() is null
            ? next(context)
            : ProblemWriter.WriteAsync(context, ProblemCode.DatabaseUnavailable);
}
