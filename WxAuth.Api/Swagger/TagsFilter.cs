using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace WxAuth.Api.Swagger;

/// <summary>The chapters of the document, in the order in which a newcomer needs them.</summary>
internal sealed class TagsFilter : IDocumentFilter
{
    private static readonly (string Name, string Description)[] Chapters =
    [
        ("Simulator", "Stands in for a phone and for WeChat's server (Development). Start here: get a `code`, log in with it below, press **Authorize** with the `accessToken`."),
        ("Login", "From a code of wx.login, or a password, to tokens; and their renewal and end."),
        ("Me", "The user whose access token is sent."),
        ("Avatars", "Uploaded pictures, for everybody who knows the address."),
        ("Tokens for business services", "What another service checks access tokens with, by itself or by asking."),
        ("Administration", "For users with the role `admin`."),
        ("WeChat", "What WeChat itself calls. Its address is entered in the mini-program's console."),
    ];

    // Within a chapter by path, but for these: first what everybody needs.
    private static readonly string[] First =
    [
        "simulator/wx/login", "simulator/wx/get-user-info", "simulator/wx/get-phone-number",
        "api/auth/login", "api/auth/refresh", "api/auth/logout", "api/auth/password", "api/auth/bind", "api/users/me",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>Sorts operations by chapter, path and method.</summary>
    public static string SortKey(ApiDescription operation)
    {
        var tag = operation.ActionDescriptor.EndpointMetadata.OfType<ITagsMetadata>().SelectMany(metadata => metadata.Tags).FirstOrDefault();
        var place = Array.IndexOf(First, operation.RelativePath);
        return $"{Array.FindIndex(Chapters, chapter => chapter.Name == tag):D2} {(place < 0 ? First.Length : place):D2} "
            + $"{operation.RelativePath} {Array.IndexOf(Methods, operation.HttpMethod)}";
    }

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = context.ApiDescriptions
            .SelectMany(operation => operation.ActionDescriptor.EndpointMetadata.OfType<ITagsMetadata>())
            .SelectMany(metadata => metadata.Tags)
            .ToHashSet(StringComparer.Ordinal);
        swaggerDoc.Tags = Chapters
            .Where(chapter => used.Contains(chapter.Name))
            .Select(chapter => new OpenApiTag { Name = chapter.Name, Description = chapter.Description })
            .ToHashSet();
    }
}
