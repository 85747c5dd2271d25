using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Admin;

/// <summary>Goes through the routes as they are mapped, so that a new one cannot be forgotten.</summary>
public sealed partial class RouteAuthorizationTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    /// <summary>What anybody may call. A route that is not here needs a token (or, for business services, their secret).</summary>
    private static readonly string[] OpenRoutes =
    [
        "GET,HEAD /",
        "GET,HEAD /admin/{file}",
        "GET,HEAD /playground/{file}",
        "GET /playground/settings.json",
        "GET /.well-known/jwks.json",
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/openid-configuration",
        "ANY /health/live",
        "ANY /health/ready",
        "GET /api/avatars/{id:guid}",
        "POST /api/auth/bind",
        "POST /api/auth/login",
        "POST /api/auth/logout",
        "POST /api/auth/password",
        "POST /api/auth/refresh",
        "GET /api/wechat/{appId}/push",
        "POST /api/wechat/{appId}/push",
        "GET /login",
        "POST /login",
        "GET /mobileApi/user/checkBind",
        "POST /user/wechatlogin",
    ];

    [Fact]
    public async Task Every_route_of_administrators_refuses_everybody_else()
    {
        var user = (string)(await app.LoginAsync("no.administrator"))["accessToken"]!;
        var administered = Routes().Where(route => Path(route).StartsWith("/api/admin/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(administered);

        foreach (var route in administered)
        {
            var path = Parameter().Replace(Path(route), "01930000-0000-7000-8000-000000000000").TrimStart('/');
            foreach (var method in Methods(route).Select(name => new HttpMethod(name)))
            {
                var body = method == HttpMethod.Get || method == HttpMethod.Delete ? null : new { };
                using var nobody = await app.SendAsync(method, path, accessToken: null, body);
                using var somebody = await app.SendAsync(method, path, user, body);

                await WxAuthApp.AssertProblemAsync(nobody, 401, "token_missing");
                await WxAuthApp.AssertProblemAsync(somebody, 403, "forbidden");
            }
        }
    }

    [Fact]
    public void Every_route_without_authorization_is_on_the_list()
    {
        var open = Routes()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(route => $"{Verbs(route)} {PageFile().Replace(Path(route), "/${page}/{file}")}")
            .Distinct(StringComparer.Ordinal);

        Assert.Equal(OpenRoutes.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    private static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.Trim('/');

    private static IReadOnlyList<string> Methods(RouteEndpoint route) => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private static string Verbs(RouteEndpoint route) => Methods(route) is { Count: > 0 } methods ? string.Join(',', methods) : "ANY";

    private IEnumerable<RouteEndpoint> Routes() => app.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^/(?<page>admin|playground)(/[a-zA-Z0-9-]+\.(js|css|svg))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageFile();
}
