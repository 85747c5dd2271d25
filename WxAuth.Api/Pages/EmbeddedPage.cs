using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace WxAuth.Api.Pages;

/// <summary>Serves a page whose files are embedded in the assembly, so that it is there wherever the program is started.</summary>
internal static class EmbeddedPage
{
    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Maps the path, which leads to <c>index.html</c>, and one route for each of the other files, open to everybody and left out of
    /// the OpenAPI document.
    /// </summary>
    /// <param name="endpoints">The application's.</param>
    /// <param name="path">Where the page is, without a slash at its end.</param>
    /// <param name="resources">The folder of the files' logical names in the assembly, without a slash at its end.</param>
    /// <param name="contentSecurityPolicy">What the page may load and do.</param>
    /// <returns>The page's routes; more can be mapped among them.</returns>
    public static RouteGroupBuilder MapEmbeddedPage(this IEndpointRouteBuilder endpoints, string path, string resources, string contentSecurityPolicy)
    {
        var group = endpoints.MapGroup(path);
        group.AllowAnonymous().ExcludeFromDescription();
        var assembly = typeof(EmbeddedPage).Assembly;
        var prefix = resources + "/";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var name = resource[prefix.Length..];
            var file = PageFile.Read(assembly, resource, contentSecurityPolicy);
            group.MapMethods(string.Equals(name, "index.html", StringComparison.Ordinal) ? "" : name, [HttpMethods.Get, HttpMethods.Head], file.Serve);
        }

        return group;
    }

    private sealed record PageFile(byte[] Content, string ContentType, EntityTagHeaderValue EntityTag, string ContentSecurityPolicy)
    {
        public static PageFile Read(Assembly assembly, string resource, string contentSecurityPolicy)
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var tag = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
            return new PageFile(content, ContentTypes[Path.GetExtension(resource)], new EntityTagHeaderValue($"\"{tag}\""), contentSecurityPolicy);
        }

        public IResult Serve(HttpContext context)
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            // Kept by the browser, but asked about each time: a new release shows at once, an old file costs a 304.
            headers.CacheControl = "no-cache";
            return Results.Bytes(Content, ContentType, entityTag: EntityTag);
        }
    }
}
