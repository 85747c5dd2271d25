using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace WxAuth.Api.Requests;

/// <summary>
/// Forms are read by the actions that say so. MVC would read one on any route, for the parameters of the query too, and would take names
/// with brackets apart as jQuery writes them: one bracket too many is an exception there.
/// </summary>
internal static class FormFields
{
    /// <summary>Leaves the path and the query, with their names as they are.</summary>
    public static void OnlyWhereAsked(MvcOptions options)
    {
        options.ValueProviderFactories.RemoveType<FormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<FormFileValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
        options.ValueProviderFactories.RemoveType<JQueryQueryStringValueProviderFactory>();
    }
}

/// <summary>The action's parameters come from a form; one that cannot be read is a malformed request.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReadsFormAttribute : Attribute, IResourceFilter
{
    public void OnResourceExecuting(ResourceExecutingContext context) => context.ValueProviderFactories.Add(new FormValueProviderFactory());

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}
