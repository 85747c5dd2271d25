using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace WxAuth.Api.Problems;

/// <summary>Puts problem details in the place of every other failure answer.</summary>
public static class ProblemExtensions
{
    /// <summary>Registers what <see cref="UseProblems"/> needs, MVC's failure answers and Kestrel's body limit.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddExceptionHandler<ProblemExceptionHandler>();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = RequestGuard.ReadLimit);
        services.Configure<ApiBehaviorOptions>(api =>
        {
            api.InvalidModelStateResponseFactory = ModelStateProblems.ToResult;
            // A bare status goes on to the status code pages, like one from routing.
            api.SuppressMapClientErrors = true;
        });
        // Whether a field is there is the validators' matter: MVC's own check has neither our texts nor our field names.
        services.Configure<MvcOptions>(mvc => mvc.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true);
        return services;
    }

    /// <summary>
    /// The outermost middleware of the API: exceptions, bare statuses, body limits. Routing must come before it, as it does by
    /// itself in a <see cref="WebApplication"/> that does not call <c>UseRouting</c>: the endpoint names its body limit.
    /// </summary>
    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = _ => throw new InvalidOperationException($"{nameof(ProblemExceptionHandler)} handles every exception."),
        })
        .UseStatusCodePages(StatusProblems.WriteAsync)
        .UseMiddleware<RequestGuard>();

    /// <summary>
    /// Answers what no route takes (404), or not by this method (405) or media type (415), before authentication does: under a
    /// fallback policy these would be a 401. Goes behind middleware that answers without an endpoint (static files, Swagger) and
    /// before <c>UseAuthentication</c>.
    /// </summary>
    public static IApplicationBuilder UseRouteProblems(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        switch (context.GetEndpoint())
        {
            case null:
                return ProblemWriter.WriteAsync(context, ProblemCode.NotFound);
            // Routing's own endpoints for a wrong method or media type are the only ones that are no routes.
            case { } endpoint and not RouteEndpoint when endpoint.RequestDelegate is { } refuse:
                return refuse(context);
            default:
                return next(context);
        }
    });
}
