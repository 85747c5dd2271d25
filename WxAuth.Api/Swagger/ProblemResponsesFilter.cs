using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Swagger;

/// <summary>Documents the failures of an operation: one response a status, one example a code, and the headers that come with it.</summary>
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
                Headers = HeadersOf(status.Key, entries),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [ProblemDocument.ContentType] = new()
                    {
                        Schema = schema,
                        Examples = entries.ToDictionary(
                            entry => entry.Name, IOpenApiExample (entry) => Example(entry, context.ApiDescription), StringComparer.Ordinal),
                    },
                },
            };
        }
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status, List<ProblemEntry> entries)
    {
        var headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        if (status == StatusCodes.Status401Unauthorized)
        {
            headers[HeaderNames.WWWAuthenticate] = Header("The challenge (RFC 6750, RFC 7617).", JsonSchemaType.String);
        }

        if (entries.Exists(entry => entry.RetryAfter is not null))
        {
            headers[HeaderNames.RetryAfter] = Header("Whole seconds to wait.", JsonSchemaType.Integer);
        }

        return headers.Count > 0 ? headers : null;
    }

    private static OpenApiHeader Header(string description, JsonSchemaType type) => new() { Description = description, Schema = new OpenApiSchema { Type = type } };

    private static OpenApiExample Example(ProblemEntry entry, ApiDescription operation)
    {
        var document = new JsonObject
        {
            ["type"] = entry.Type,
            ["title"] = entry.Title.In(ProblemLanguage.English),
            ["status"] = entry.Status,
            ["detail"] = entry.Detail.In(ProblemLanguage.English),
            ["code"] = entry.Name,
            ["action"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(ActionOf(entry, operation).ToString()),
            ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
        switch (entry.Code)
        {
            case ProblemCode.ValidationFailed:
                document["errors"] = new JsonObject { [FieldOf(operation)] = new JsonArray(ValidationTexts.BadFormat.In(ProblemLanguage.English)) };
                break;
            case ProblemCode.SessionRevoked:
                document["reason"] = SessionEndReason.RevokedByAdmin.ToWire();
                break;
            case ProblemCode.BindingRequired:
                document["bindingTicket"] = Examples.BindingTicket;
                document["bindingTicketExpiresIn"] = (int)BindingTicket.Lifetime.TotalSeconds;
                break;
            default:
                break;
        }

        return new OpenApiExample { Summary = entry.Title.In(ProblemLanguage.English), Value = document };
    }

    private static ProblemAction ActionOf(ProblemEntry entry, ApiDescription operation) =>
        operation.ParameterDescriptions.Any(parameter => parameter.Type == typeof(LoginRequest)) ? entry.ActionOnLogin ?? entry.Action : entry.Action;

    // The field that a client is most likely to get wrong: the body's first one, else the query's last one (cursor, limit).
    private static string FieldOf(ApiDescription operation)
    {
        var parameters = operation.ParameterDescriptions;
        return parameters.FirstOrDefault(parameter => parameter.Source == BindingSource.Body) is { } body
            ? JsonNamingPolicy.CamelCase.ConvertName(body.Type.GetProperties()[0].Name)
            : parameters.Last(parameter => parameter.Source != BindingSource.Path).Name;
    }
}
