using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace WxAuth.Api.Problems;

/// <summary>Writes a problem as the response: from controllers, authentication events, middleware and rate limiters alike.</summary>
public static class ProblemWriter
{
    private static readonly PathString LoginPath = new("/api/auth/login");

    /// <summary>Writes the status, the headers and the document. A response that has started is aborted instead: its status is out.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        var language = ProblemLanguages.Negotiate(context.Request.GetTypedHeaders());
        byte[] body;
        if (FormatOf(context)?.Format(problem, language) is { } other)
        {
            body = JsonSerializer.SerializeToUtf8Bytes(other.Body, JsonSerializerOptions.Web);
            response.StatusCode = other.Status;
            response.ContentType = "application/json; charset=utf-8";
        }
        else
        {
            body = JsonSerializer.SerializeToUtf8Bytes(Document(context, problem, language), ProblemJson.Relaxed.ProblemDocument);
            response.StatusCode = problem.Entry.Status;
            response.ContentType = ProblemDocument.ContentType;
        }

        response.ContentLength = body.Length;
        response.Headers.ContentLanguage = language.Tag();
        response.Headers.CacheControl = "no-store";
        response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.AcceptLanguage);
        WriteRetryAfter(response, problem);
        WriteChallenge(response, problem);
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    // The exception handler takes the endpoint away and keeps it in its feature.
    private static IProblemFormat? FormatOf(HttpContext context) =>
        (context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint)?.Metadata.GetMetadata<IProblemFormat>()
        ?? context.Features.Get<IProblemFormat>();

    private static ProblemDocument Document(HttpContext context, Problem problem, ProblemLanguage language)
    {
        var entry = problem.Entry;
        var action = entry.ActionOnLogin is { } onLogin && IsLogin(context.Request) ? onLogin : entry.Action;
        return new ProblemDocument
        {
            Type = entry.Type,
            Title = entry.Title.In(language),
            Status = entry.Status,
            Detail = entry.Detail.In(language),
            Code = entry.Name,
            Action = JsonNamingPolicy.SnakeCaseLower.ConvertName(action.ToString()),
            TraceId = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier,
            Errors = problem.Errors?.ToDictionary(
                field => field.Key,
                field => field.Value.Select(text => text.In(language)).ToArray(),
                StringComparer.Ordinal),
            Reason = problem.Reason?.ToWire(),
            BindingTicket = problem.BindingTicket?.Value,
            BindingTicketExpiresIn = problem.BindingTicket is { } ticket
                ? (int)Math.Max(0, (ticket.ExpiresAt - Clock(context).GetUtcNow()).TotalSeconds)
                : null,
            Extensions = problem.Extensions,
        };
    }

    private static void WriteRetryAfter(HttpResponse response, Problem problem)
    {
        if (problem.Entry.RetryAfter is { } usual)
        {
            var seconds = Math.Max(1, Math.Ceiling((problem.RetryAfter ?? usual).TotalSeconds));
            response.Headers.RetryAfter = seconds.ToString("F0", CultureInfo.InvariantCulture);
        }
    }

    private static void WriteChallenge(HttpResponse response, Problem problem)
    {
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = problem.Code switch
            {
                ProblemCode.ClientInvalid => "Basic realm=\"wxauth\"",
                ProblemCode.TokenInvalid => InvalidToken("The access token is not valid"),
                ProblemCode.TokenExpired => InvalidToken("The access token has expired"),
                ProblemCode.SessionRevoked when problem.BearerTokenRefused => InvalidToken("The session has been ended"),
                _ => "Bearer",
            };
        }
    }

    private static string InvalidToken(string description) => $"Bearer error=\"invalid_token\", error_description=\"{description}\"";

    private static bool IsLogin(HttpRequest request) => HttpMethods.IsPost(request.Method)
        && request.Path.StartsWithSegments(LoginPath, StringComparison.OrdinalIgnoreCase, out var rest) && (!rest.HasValue || rest == "/");

    private static TimeProvider Clock(HttpContext context) => context.RequestServices.GetRequiredService<TimeProvider>();
}
