using WxAuth.Api.Problems;

namespace WxAuth.Api.Swagger;

/// <summary>Which problems an operation, or every operation of a controller, can answer; the source of the OpenAPI document's failures.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswersProblemsAttribute(params ProblemCode[] codes) : Attribute
{
    /// <summary>The codes.</summary>
    public IReadOnlyList<ProblemCode> Codes { get; } = codes;
}
