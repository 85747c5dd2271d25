using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace WxAuth.Api.Problems;

/// <summary>A problem as the answer of an action: <c>return new ProblemResult(ProblemCode.NotFound)</c>, <c>return failure.ToResult()</c>.</summary>
public sealed class ProblemResult(Problem problem) : ActionResult, IStatusCodeActionResult
{
    /// <summary>What is answered.</summary>
    public Problem Problem { get; } = problem;

    /// <inheritdoc/>
    public int? StatusCode => Problem.Entry.Status;

    /// <inheritdoc/>
    public override Task ExecuteResultAsync(ActionContext context) => ProblemWriter.WriteAsync(context.HttpContext, Problem);
}
