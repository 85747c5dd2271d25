using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests;

/// <summary>Every route as it is mapped, asked with names of fields that a framework gives a meaning to, or chokes on.</summary>
public sealed partial class FieldNameTests(FieldNameTests.App app) : IClassFixture<FieldNameTests.App>
{
    private const string AnyId = "01930000-0000-7000-8000-000000000000";

    private static readonly string[] Names =
    [
        "a[b", "[", "]", "[]", "]]", "[[", "a[b]]", "a[[b]", "a[b]c[", "[0", "a[0][", "token[", "token[0]", "file[", "file[0", "code[",
        "after[", "cursor[", "a.b[c", ".", "..", "a[].b[", "__RequestVerificationToken[", "_charset_", "_method", "$", "a\u0001b",
        "\ud83d\ude00[", "%5B", "a b[", "a+b[", new string('[', 200), new string(']', 200), Many("[b]"), Many("[b"), new string('a', 3000),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_name_of_a_field_in_a_form_a_multipart_body_or_a_query_is_a_fault_of_the_server_on_any_route()
    {
        var faults = new List<string>();
        var asked = 0;
        foreach (var route in app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            var path = Parameter().Replace(route.RoutePattern.RawText!.Trim('/'), AnyId);
            path = path.Replace($"api/wechat/{AnyId}", $"api/wechat/{WxAuthApp.AppId}", StringComparison.Ordinal);
            // A route may end the session or the user that asks.
            var token = await app.NewAdministratorAsync();
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"])
            {
                foreach (var request in RequestsOf(method, path))
                {
                    request.Headers.Authorization = IsOfServices(path) ? App.Credentials : new AuthenticationHeaderValue("Bearer", token);
                    using var response = await app.Client.SendAsync(request, Ct);
                    asked++;
                    // That tutorial's contract: 500 for whatever is not a login. A fault is in the log.
                    if ((int)response.StatusCode >= 500 && path != "login")
                    {
                        faults.Add($"{(int)response.StatusCode} {method} {request.RequestUri} {await BodyAsync(request)}");
                    }
                }
            }
        }

        Assert.True(asked > 5000, $"{asked} requests.");
        Assert.True(faults.Count == 0, $"{faults.Count} of {asked}:\n{string.Join('\n', faults.Take(20))}");
        Assert.DoesNotContain(app.Logs.Lines, line => line.Contains("[1000]", StringComparison.Ordinal));
    }

    private static IEnumerable<HttpRequestMessage> RequestsOf(string method, string path)
    {
        foreach (var name in Names)
        {
            yield return new HttpRequestMessage(new HttpMethod(method), $"{path}?{Uri.EscapeDataString(name)}=1");
            if (method is "GET" or "HEAD")
            {
                continue;
            }

            yield return new HttpRequestMessage(new HttpMethod(method), path) { Content = Form($"{Uri.EscapeDataString(name)}=1") };
            yield return new HttpRequestMessage(new HttpMethod(method), path) { Content = Multipart(name, fileName: null) };
            yield return new HttpRequestMessage(new HttpMethod(method), path) { Content = Multipart(name, fileName: "a.png") };
        }

        if (method is not ("GET" or "HEAD"))
        {
            // As somebody writes it by hand, and more fields than anybody sends.
            yield return new HttpRequestMessage(new HttpMethod(method), path) { Content = Form("a[b=1") };
            var many = string.Join('&', Enumerable.Range(0, 2000).Select(i => $"a[{i}=1"));
            yield return new HttpRequestMessage(new HttpMethod(method), path) { Content = Form(many) };
        }
    }

    private static ByteArrayContent Form(string text)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return content;
    }

    // By hand: HttpClient's own would quote and encode the name.
    private static ByteArrayContent Multipart(string name, string? fileName)
    {
        var file = fileName is null ? "" : $"; filename=\"{fileName}\"";
        var body = $"--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n1\r\n--b--\r\n";
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        return content;
    }

    private static string Many(string text) => "a" + string.Concat(Enumerable.Repeat(text, 200));

    private static bool IsOfServices(string path) =>
        path.StartsWith("api/auth/introspect", StringComparison.Ordinal)
        || path.StartsWith("api/auth/ended-sessions", StringComparison.Ordinal);

    private static async Task<string> BodyAsync(HttpRequestMessage request)
    {
        var text = request.Content is null ? "" : await request.Content.ReadAsStringAsync(Ct);
        return text.Length <= 150 ? text.ReplaceLineEndings(" ") : text[..150].ReplaceLineEndings(" ");
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    public sealed class App(TestCluster cluster) : AccountsApp(cluster)
    {
        private const string Secret = "a long random secret of the shop";
        private int _administrators;

        public static AuthenticationHeaderValue Credentials { get; } =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"shop:{Secret}")));

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            .. base.Configuration,
            new("WeChat:Apps:0:PushToken", "PushToken"),
            new("Introspection:Clients:0:Id", "shop"),
            new("Introspection:Clients:0:SecretHash", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))),
        ];

        public Task<string> NewAdministratorAsync() => AdminTokenAsync($"administrator-{_administrators++}");
    }
}
