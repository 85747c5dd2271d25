using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Swagger;

/// <summary>Documents the failures of an operation: one response a status, one example a code.</summary>
internal sealed class ProblemResponsesFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var codes = context.ApiDescription.ActionDescriptor.EndpointMetadata
            .OfType<AnswersProblemsAttribute>()
            .SelectMany(attribute => attribute.Codes)
            .Append(ProblemCode.InternalError)
            .Distinct()
            .Order();
        var schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemDocument), context.SchemaRepository);
        foreach (var status in codes.Select(ProblemCatalogue.Get).GroupBy(entry => entry.Status).OrderBy(group => group.Key))
        {
            var entries = status.ToList();
            operation.Responses ??= [];
            operation.Responses[status.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(", ", entries.Select(entry => $"`{entry.Name}`")),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [ProblemDocument.ContentType] = new()
                    {
                        Schema = schema,
                        Examples = entries.ToDictionary(entry => entry.Name, IOpenApiExample (entry) => Example(entry), StringComparer.Ordinal),
                    },
                },
            };
        }
    }

    private static OpenApiExample Example(ProblemEntry entry) => new()
    {
        Summary = entry.Title.In(ProblemLanguage.English),
        Value = new JsonObject
        {
            ["type"] = entry.Type,
            ["title"] = entry.Title.In(ProblemLanguage.English),
            ["status"] = entry.Status,
            ["detail"] = entry.Detail.In(ProblemLanguage.English),
            ["code"] = entry.Name,
            ["action"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Action.ToString()),
            ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        },
    };
}
