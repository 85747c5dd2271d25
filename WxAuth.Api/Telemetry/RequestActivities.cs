using Microsoft.AspNetCore.Http.Features;

namespace WxAuth.Api.Telemetry;

/// <summary>
/// The activity of a request gets its route, and its name of it (OpenTelemetry's conventions for HTTP server spans). The framework gives it
/// method, path, without the query, and status.
/// </summary>
internal static class RequestActivities
{
    public static void UseRouteNames(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // Now and not after the request: who handles an exception forgets the endpoint.
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } activity
            && context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            activity.SetTag("http.route", route);
            activity.DisplayName = $"{context.Request.Method} {route}";
        }

        return next(context);
    });
}
