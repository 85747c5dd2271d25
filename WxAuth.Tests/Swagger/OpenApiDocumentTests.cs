using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Tests.Documents;

namespace WxAuth.Tests.Swagger;

/// <summary>The OpenAPI document of a server with one configured app, as production has it: without the simulator.</summary>
public sealed class OpenApiDocumentTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private const string Kept = "docs/openapi.json";
    private const string UpdateVariable = "WXAUTH_UPDATE_OPENAPI";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_the_one_in_the_repository()
    {
        var path = Path.Combine(Repository.Root, Kept);
        var served = (await ReadAsync()).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(path, served, Ct);
        }

        var kept = File.Exists(path) ? await File.ReadAllTextAsync(path, Ct) : "";

        Assert.True(served == kept, $"""
            {Kept} is not what the API serves. First difference: {FirstDifference(kept, served)}
            If the change is meant, run the tests once with {UpdateVariable}=1, which rewrites the file, and commit its diff.
            """);
    }

    [Fact]
    public async Task Every_operation_has_a_summary_a_chapter_and_a_described_success()
    {
        var document = await DocumentAsync();
        var chapters = document["tags"]!.AsArray().Select(tag => (string)tag!["name"]!).ToList();

        Assert.All(Operations(document), operation =>
        {
            Assert.True(!string.IsNullOrWhiteSpace((string?)operation.Value["summary"]), $"{operation.Name} has no summary.");
            var tag = Assert.Single(operation.Value["tags"]!.AsArray());
            Assert.True(chapters.Contains((string)tag!), $"{operation.Name} is in {tag}, which has no place among the chapters.");
            var success = operation.Value["responses"]!.AsObject().First();
            Assert.StartsWith("2", success.Key, StringComparison.Ordinal);
            // "OK" and the like are what stands there without a comment.
            Assert.EndsWith(".", (string?)success.Value!["description"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Every_json_body_has_an_example()
    {
        var document = await DocumentAsync();
        var bodies = Operations(document).SelectMany(operation => operation.Value["responses"]!.AsObject()
            .Select(response => (Name: $"{operation.Name} {response.Key}", Content: response.Value!["content"]))
            .Append((Name: $"{operation.Name} request", Content: operation.Value["requestBody"]?["content"])))
            .SelectMany(body => (body.Content?.AsObject() ?? []).Select(content => (body.Name, Type: content.Key, Body: content.Value!)))
            .Where(body => body.Type.EndsWith("json", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(bodies);
        Assert.All(bodies, body => Assert.True(
            body.Body["example"] is not null || body.Body["examples"] is JsonObject { Count: > 0 }, $"{body.Name} has no example of {body.Type}."));
    }

    [Fact]
    public async Task The_padlock_is_on_what_refuses_callers_without_credentials_and_on_nothing_else()
    {
        var operations = Operations(await DocumentAsync()).ToList();
        Assert.NotEmpty(operations);

        foreach (var operation in operations)
        {
            var schemes = (operation.Value["security"]?.AsArray() ?? []).Select(requirement => requirement!.AsObject().FirstOrDefault().Key ?? "none");
            using var request = new HttpRequestMessage(new HttpMethod(operation.Method), operation.Path.Replace("{id}", Guid.Empty.ToString(), StringComparison.Ordinal).TrimStart('/'));
            request.Content = operation.Value["requestBody"]?["content"]?.AsObject().First().Key switch
            {
                "application/json" => JsonContent.Create(new { }),
                "application/x-www-form-urlencoded" => new FormUrlEncodedContent([]),
                "multipart/form-data" => new MultipartFormDataContent { { new ByteArrayContent([]), "file", "empty" } },
                null => null,
                var other => throw new InvalidOperationException($"{operation.Name} takes {other}, which this test does not know."),
            };

            using var response = await app.Client.SendAsync(request, Ct);
            var code = response.Content.Headers.ContentType?.MediaType == ProblemDocument.ContentType ? (string?)(await WxAuthApp.JsonAsync(response))["code"] : null;

            var expected = (code, operation.Path) switch
            {
                ("token_missing", "/api/auth/logout") => "bearer none", // a refresh token in the body is as good
                ("token_missing", _) => "bearer",
                ("client_invalid", _) => "basic",
                _ => "",
            };
            Assert.Equal($"{operation.Name}: {expected}", $"{operation.Name}: {string.Join(' ', schemes)}");
        }
    }

    [Fact]
    public async Task Every_problem_that_an_operation_declares_is_shown_under_its_status()
    {
        var document = await DocumentAsync();
        var declared = app.Services.GetRequiredService<IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups.Items
            .SelectMany(group => group.Items)
            .SelectMany(operation => operation.ActionDescriptor.EndpointMetadata.OfType<AnswersProblemsAttribute>()
                .SelectMany(attribute => attribute.Codes)
                .Append(ProblemCode.InternalError)
                .Select(code => (Operation: operation, Entry: ProblemCatalogue.Get(code))))
            .ToList();
        Assert.NotEmpty(declared);

        Assert.All(declared, item =>
        {
            var (path, method) = ("/" + item.Operation.RelativePath, item.Operation.HttpMethod!.ToLowerInvariant());
            var status = item.Entry.Status.ToString(CultureInfo.InvariantCulture);
            var example = document["paths"]?[path]?[method]?["responses"]?[status]?["content"]?[ProblemDocument.ContentType]?["examples"]?[item.Entry.Name]?["value"];
            Assert.True((string?)example?["code"] == item.Entry.Name, $"{method} {path} does not show {item.Entry.Name}.");
        });
    }

    [Fact]
    public async Task An_example_shows_what_its_code_alone_carries()
    {
        var login = (await DocumentAsync())["paths"]!["/api/auth/login"]!["post"]!;

        Assert.NotNull(Problem(login, 400, "validation_failed")["errors"]!["code"]);
        Assert.NotNull(Problem(login, 409, "binding_required")["bindingTicket"]);
        // The code may be used up: repeating the request is no use here.
        Assert.Equal("login_again", (string?)Problem(login, 503, "wechat_unavailable")["action"]);
        Assert.NotNull(login["responses"]!["503"]!["headers"]!["Retry-After"]);
    }

    [Fact]
    public async Task Login_comes_first()
    {
        var document = await DocumentAsync();

        Assert.Equal("POST /api/auth/login", Operations(document).First().Name);
        Assert.Equal("Login", (string?)document["tags"]![0]!["name"]);
    }

    private static JsonNode Problem(JsonNode operation, int status, string code) =>
        operation["responses"]![status.ToString(CultureInfo.InvariantCulture)]!["content"]![ProblemDocument.ContentType]!["examples"]![code]!["value"]!;

    private static string FirstDifference(string kept, string served)
    {
        var (old, @new) = (kept.Split('\n'), served.Split('\n'));
        var line = Enumerable.Range(0, Math.Min(old.Length, @new.Length)).FirstOrDefault(index => old[index] != @new[index], Math.Min(old.Length, @new.Length));
        return $"line {line + 1}, kept `{old.ElementAtOrDefault(line)?.Trim()}`, served `{@new.ElementAtOrDefault(line)?.Trim()}`.";
    }

    private static IEnumerable<Operation> Operations(JsonNode document) => document["paths"]!.AsObject().SelectMany(
        path => path.Value!.AsObject(), (path, operation) => new Operation(path.Key, operation.Key.ToUpperInvariant(), operation.Value!));

    private Task<string> ReadAsync() => app.Client.GetStringAsync("swagger/v1/swagger.json", Ct);

    private async Task<JsonNode> DocumentAsync() => JsonNode.Parse(await ReadAsync())!;

    private sealed record Operation(string Path, string Method, JsonNode Value)
    {
        public string Name => $"{Method} {Path}";
    }
}
