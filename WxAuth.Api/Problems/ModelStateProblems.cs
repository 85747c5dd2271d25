using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace WxAuth.Api.Problems;

/// <summary>What MVC could not bind, as a problem: the framework's own texts are neither bilingual nor fit for users.</summary>
internal static class ModelStateProblems
{
    /// <summary>For <see cref="ApiBehaviorOptions.InvalidModelStateResponseFactory"/>.</summary>
    public static IActionResult ToResult(ActionContext context)
    {
        // A body that is read as a form swallows the exception of the limit.
        if (RequestGuard.HasRefusedBody(context.HttpContext))
        {
            return new ProblemResult(ProblemCode.PayloadTooLarge);
        }

        var invalid = context.ModelState.Where(entry => entry.Value?.ValidationState == ModelValidationState.Invalid)
            .Select(entry => entry.Key).ToArray();
        var bodies = context.ActionDescriptor.Parameters
            .Where(parameter => parameter.BindingInfo?.BindingSource == BindingSource.Body)
            .Select(parameter => parameter.Name);
        return invalid.Any(key => IsBody(key, bodies))
            ? new ProblemResult(ProblemCode.MalformedRequest)
            : new ProblemResult(new Problem(ProblemCode.ValidationFailed)
            {
                Errors = invalid.ToDictionary(
                    ValidationProblems.ToFieldName,
                    IReadOnlyList<LocalizedText> (_) => [ValidationTexts.BadFormat],
                    StringComparer.Ordinal),
            });
    }

    // The JSON reader reports its own paths ("$.code"), the form reader and a missing body nothing, MVC the parameter.
    private static bool IsBody(string key, IEnumerable<string> bodies) =>
        key.Length == 0 || key[0] == '$' || bodies.Contains(key, StringComparer.OrdinalIgnoreCase);
}
