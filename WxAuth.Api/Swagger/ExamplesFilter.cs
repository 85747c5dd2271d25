using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace WxAuth.Api.Swagger;

/// <summary>Gives each JSON body its example of <see cref="Examples"/>, and leaves <c>application/json</c> as the one way to write it.</summary>
internal sealed class ExamplesFilter(IOptions<JsonOptions> json) : IOperationFilter
{
    private const string Json = "application/json";

    // A member that a client need not send is left out of what it may copy.
    private readonly JsonSerializerOptions _sent = new(json.Value.JsonSerializerOptions) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (JsonOf(operation.RequestBody?.Content) is { } request
            && context.ApiDescription.ParameterDescriptions.FirstOrDefault(parameter => parameter.Source == BindingSource.Body)?.Type is { } sent)
        {
            Show(request, Examples.Requests.GetValueOrDefault(sent), _sent);
        }

        foreach (var answer in context.ApiDescription.SupportedResponseTypes.Where(answer => answer.Type is not null))
        {
            if (JsonOf(operation.Responses?[answer.StatusCode.ToString(CultureInfo.InvariantCulture)].Content) is { } response)
            {
                Show(response, Examples.Responses.GetValueOrDefault(answer.Type!), json.Value.JsonSerializerOptions);
            }
        }
    }

    private static void Show(OpenApiMediaType body, IReadOnlyList<Example>? examples, JsonSerializerOptions options)
    {
        if (examples is [var only])
        {
            body.Example = Write(only, options);
        }
        else if (examples is not null)
        {
            body.Examples = examples.ToDictionary(
                example => example.Name,
                IOpenApiExample (example) => new OpenApiExample { Summary = example.Name, Value = Write(example, options) },
                StringComparer.Ordinal);
        }
    }

    private static JsonNode? Write(Example example, JsonSerializerOptions options) =>
        JsonSerializer.SerializeToNode(example.Value, example.Value.GetType(), options);

    private static OpenApiMediaType? JsonOf(IDictionary<string, OpenApiMediaType>? content)
    {
        if (content is null || !content.TryGetValue(Json, out var body))
        {
            return null;
        }

        foreach (var other in content.Keys.Where(type => type != Json).ToList())
        {
            content.Remove(other);
        }

        return body;
    }
}
