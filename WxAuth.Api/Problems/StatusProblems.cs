using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace WxAuth.Api.Problems;

/// <summary>Gives an answer that is a bare status (no route, wrong method, <c>NotFound()</c>) the problem that belongs to it.</summary>
internal static class StatusProblems
{
    /// <summary>For <c>UseStatusCodePages</c>, which calls it where a status of 400 or more has no body.</summary>
    public static Task WriteAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        return ToProblemCode(context) is { } code ? ProblemWriter.WriteAsync(context, code) : Task.CompletedTask;
    }

    private static ProblemCode? ToProblemCode(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => ProblemCode.MalformedRequest,
        StatusCodes.Status401Unauthorized => ProblemCode.TokenMissing,
        StatusCodes.Status403Forbidden => ProblemCode.Forbidden,
        StatusCodes.Status404NotFound => ProblemCode.NotFound,
        StatusCodes.Status405MethodNotAllowed => ProblemCode.MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => ProblemCode.PayloadTooLarge,
        // MVC calls a body of no type unsupported even where there is no body.
        StatusCodes.Status415UnsupportedMediaType => HasBody(context) ? ProblemCode.UnsupportedMediaType : ProblemCode.MalformedRequest,
        StatusCodes.Status429TooManyRequests => ProblemCode.RateLimited,
        StatusCodes.Status500InternalServerError => ProblemCode.InternalError,
        _ => null,
    };

    private static bool HasBody(HttpContext context) => context.Request.ContentLength is { } length
        ? length > 0
        : context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;
}
