using WxAuth.Api.Pages;

namespace WxAuth.Api.Admin;

/// <summary>
/// Serves the administrator's page under <c>/admin</c>. The page itself holds nothing secret and needs no token; what it shows it
/// fetches from the admin routes as whoever signs in.
/// </summary>
public static class AdminPage
{
    /// <summary>
    /// Own scripts, styles and calls only; pictures also from any https address, since that is what an avatar may be. Forms
    /// never post by themselves, and no script may turn a string into markup.
    /// </summary>
    public const string ContentSecurityPolicy =
        "default-src 'self'; img-src 'self' https:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Maps <c>/admin</c> and one route for each of its files, open to everybody and left out of the OpenAPI document.</summary>
    public static IEndpointConventionBuilder MapAdminPage(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapEmbeddedPage("/admin", "AdminPage", ContentSecurityPolicy);
}
