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
internal sealed class ExamplesFilter(IOptions<JsonOptions> json) : IOperationAsyncFilter
{
    private const string Json = "application/json";

    // A member that a client need not send is left out of what it may copy.
    private readonly JsonSerializerOptions _sent = new(json.Value.JsonSerializerOptions) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public async Task ApplyAsync(OpenApiOperation operation, OperationFilterContext context, CancellationToken cancellationToken)
    {
        if (JsonOf(operation.RequestBody?.Content) is { } request
            && context.ApiDescription.ParameterDescriptions.FirstOrDefault(parameter => parameter.Source == BindingSource.Body)?.Type is { } sent)
        {
            await ShowAsync(request, Examples.Requests.GetValueOrDefault(sent), _sent, cancellationToken);
        }

        foreach (var answer in context.ApiDescription.SupportedResponseTypes.Where(answer => answer.Type is not null))
        {
            if (JsonOf(operation.Responses?[answer.StatusCode.ToString(CultureInfo.InvariantCulture)].Content) is { } response)
            {
                var examples = Examples.Responses.GetValueOrDefault(answer.Type!);
                await ShowAsync(response, examples, json.Value.JsonSerializerOptions, cancellationToken);
            }
        }
    }

    private static async Task ShowAsync(
        OpenApiMediaType body, IReadOnlyList<Example>? examples, JsonSerializerOptions options, CancellationToken cancellationToken)
    {
        if (examples is [var only])
        {
            body.Example = await WriteAsync(only, options, cancellationToken);
        }
        else if (examples is not null)
        {
            body.Examples = new Dictionary<string, IOpenApiExample>(StringComparer.Ordinal);
            foreach (var example in examples)
            {
                var value = await WriteAsync(example, options, cancellationToken);
                body.Examples[example.Name] = new OpenApiExample { Summary = example.Name, Value = value };
            }
        }
    }

    // The one way to write a body whose parts come while it is written.
    private static async Task<JsonNode?> WriteAsync(Example example, JsonSerializerOptions options, CancellationToken cancellationToken)
    {
        using var written = new MemoryStream();
        await JsonSerializer.SerializeAsync(written, example.Value, example.Value.GetType(), options, cancellationToken);
        written.Position = 0;
        return await JsonNode.ParseAsync(written, cancellationToken: cancellationToken);
    }

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
