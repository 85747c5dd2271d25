using System.Text;
using System.Text.Json;
using FluentValidation;
using FluentValidation.Results;

namespace WxAuth.Api.Problems;

/// <summary>
/// FluentValidation in two languages: a rule says its <see cref="LocalizedText"/> with <see cref="Says"/>, which travels as the
/// failure's state, and the writer picks the language. FluentValidation's own messages never reach a client.
/// </summary>
public static class ValidationProblems
{
    /// <summary>The problem of a validation that failed: every field with all its messages.</summary>
    public static Problem ToProblem(this ValidationResult result) => new(ProblemCode.ValidationFailed)
    {
        Errors = result.Errors
            .GroupBy(failure => ToFieldName(failure.PropertyName), StringComparer.Ordinal)
            .ToDictionary(
                field => field.Key,
                IReadOnlyList<LocalizedText> (field) =>
                    [.. field.Select(failure => failure.CustomState as LocalizedText ?? ValidationTexts.BadFormat).Distinct()],
                StringComparer.Ordinal),
    };

    /// <summary>The answer of an action whose request is not valid.</summary>
    public static ProblemResult ToResult(this ValidationResult result) => new(result.ToProblem());

    /// <summary>The client's name of a property: <c>Roles[0].Name</c> is <c>roles[0].name</c>.</summary>
    public static string ToFieldName(string property) =>
        string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    /// <summary>What the client is told where the rule before it is broken.</summary>
    public static IRuleBuilderOptions<T, TProperty> Says<T, TProperty>(this IRuleBuilderOptions<T, TProperty> rule, LocalizedText text) =>
        rule.WithState(_ => text);

    /// <summary>Neither missing nor empty.</summary>
    public static IRuleBuilderOptions<T, TProperty> Required<T, TProperty>(this IRuleBuilder<T, TProperty> rule) =>
        rule.NotEmpty().Says(ValidationTexts.Required);

    /// <summary>No U+0000, which PostgreSQL cannot store in a text.</summary>
    public static IRuleBuilderOptions<T, string?> NoNul<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(text => text?.Contains('\0', StringComparison.Ordinal) is not true).Says(ValidationTexts.NoNul);

    /// <summary>A length in code points, as the design counts; an absent text passes.</summary>
    public static IRuleBuilderOptions<T, string?> CodePoints<T>(this IRuleBuilder<T, string?> rule, int minimum, int maximum) =>
        rule.Must(text => text is null || (CountCodePoints(text) is var count && count >= minimum && count <= maximum))
            .Says(ValidationTexts.Length(minimum, maximum));

    /// <summary>Only 0x21 to 0x7E, of that length; an absent text passes.</summary>
    public static IRuleBuilderOptions<T, string?> VisibleAscii<T>(this IRuleBuilder<T, string?> rule, int minimum, int maximum) =>
        rule.CodePoints(minimum, maximum)
            .Must(text => text is null || !text.AsSpan().ContainsAnyExceptInRange('!', '~')).Says(ValidationTexts.VisibleAscii);

    /// <summary>The number of Unicode code points; an emoji outside the BMP is one.</summary>
    public static int CountCodePoints(string text)
    {
        var count = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
