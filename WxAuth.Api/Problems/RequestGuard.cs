using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace WxAuth.Api.Problems;

/// <summary>
/// Refuses what no route may get: a body above the limit, and U+0000 in the query string, which PostgreSQL cannot store.
/// The limit counts content alone and holds on every server; Kestrel's counts the framing of chunks too, and the test server has none.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next)
{
    /// <summary>Bytes of a body, where the endpoint says nothing else: 64 KiB.</summary>
    public const long DefaultBodyLimit = 64 * 1024;

    /// <summary>
    /// Bytes that Kestrel reads at all: 16 MiB. A client that is still sending gets its 413 only while somebody
    /// reads the rest; past that the connection is cut.
    /// </summary>
    public const long ReadLimit = 16 * 1024 * 1024;

    private static readonly object RefusedBody = new();

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (FieldsWithNul(request) is { Count: > 0 } fields)
        {
            return ProblemWriter.WriteAsync(context, new Problem(ProblemCode.ValidationFailed) { Errors = fields });
        }

        if (BodyLimit(context) is { } limit)
        {
            if (request.ContentLength > limit)
            {
                // Routing has set it to the endpoint's limit.
                if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
                {
                    server.MaxRequestBodySize = ReadLimit;
                }

                return ProblemWriter.WriteAsync(context, ProblemCode.PayloadTooLarge);
            }

            if (request.ContentLength is null)
            {
                request.Body = new LimitedBody(request.Body, limit, () => context.Items[RefusedBody] = true);
            }
        }

        return next(context);
    }

    /// <summary>Whether this request's body was cut off at the limit.</summary>
    public static bool HasRefusedBody(HttpContext context) => context.Items.ContainsKey(RefusedBody);

    private static long? BodyLimit(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>() is { } own ? own.MaxRequestBodySize : DefaultBodyLimit;

    private static Dictionary<string, IReadOnlyList<LocalizedText>>? FieldsWithNul(HttpRequest request) =>
        // Servers refuse a raw one in the request line.
        request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) is true
            ? request.Query
                .Where(field => field.Key.Contains('\0', StringComparison.Ordinal)
                    || field.Value.Any(value => value?.Contains('\0', StringComparison.Ordinal) is true))
                .ToDictionary(
                    field => field.Key.Replace("\0", "", StringComparison.Ordinal),
                    IReadOnlyList<LocalizedText> (_) => [ValidationTexts.NoNul],
                    StringComparer.Ordinal)
            : null;
}
