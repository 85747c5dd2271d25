using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace WxAuth.Api.Admin;

/// <summary>
/// Serves the administrator's page: static files, embedded in the assembly, under <c>/admin</c>. The page itself holds
/// nothing secret and needs no token; what it shows it fetches from the admin routes as whoever signs in.
/// </summary>
public static class AdminPage
{
    private const string ResourcePrefix = "AdminPage/";

    /// <summary>
    /// Own scripts, styles and calls only; pictures also from any https address, since that is what an avatar may be. Forms
    /// never post by themselves, and no script may turn a string into markup.
    /// </summary>
    public const string ContentSecurityPolicy =
        "default-src 'self'; img-src 'self' https:; object-src 'none'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Maps <c>/admin</c> and one route for each of its files, open to everybody and left out of the OpenAPI document.</summary>
    public static IEndpointConventionBuilder MapAdminPage(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/admin").AllowAnonymous().ExcludeFromDescription();
        var assembly = typeof(AdminPage).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            var name = resource[ResourcePrefix.Length..];
            var file = PageFile.Read(assembly, resource);
            group.MapMethods(string.Equals(name, "index.html", StringComparison.Ordinal) ? "" : name, [HttpMethods.Get, HttpMethods.Head], file.Serve);
        }

        return group;
    }

    private sealed record PageFile(byte[] Content, string ContentType, EntityTagHeaderValue EntityTag)
    {
        public static PageFile Read(Assembly assembly, string resource)
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var tag = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
            return new PageFile(content, ContentTypes[Path.GetExtension(resource)], new EntityTagHeaderValue($"\"{tag}\""));
        }

        public IResult Serve(HttpContext context)
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            // Kept by the browser, but asked about each time: a new release shows at once, an old file costs a 304.
            headers.CacheControl = "no-cache";
            return Results.Bytes(Content, ContentType, entityTag: EntityTag);
        }
    }
}
