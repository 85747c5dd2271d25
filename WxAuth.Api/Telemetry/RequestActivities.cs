using Microsoft.AspNetCore.Http.Features;

namespace WxAuth.Api.Telemetry;

/// <summary>
/// The activity of a request gets its route, its name of it, and its status (OpenTelemetry's conventions for HTTP server spans). The framework
/// gives it method and path, without the query.
/// </summary>
internal static class RequestActivities
{
    public static void UseRouteNames(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } recorded ? recorded : null;
        // Now and not after the request: who handles an exception forgets the endpoint.
        if (activity is not null && context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            activity.SetTag("http.route", route);
            activity.DisplayName = $"{context.Request.Method} {route}";
        }

        await next(context);
        activity?.SetTag("http.response.status_code", context.Response.StatusCode);
    });
}
