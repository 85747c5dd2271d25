using Microsoft.AspNetCore.Mvc.Filters;
using WxAuth.Api.Problems;

namespace WxAuth.Api.RateLimits;

/// <summary>On the routes that give sessions: too many failures from one address are answered <c>rate_limited</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class LimitsFailedLoginsAttribute : Attribute, IAsyncActionFilter
{
    /// <inheritdoc/>
    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        var failed = context.HttpContext.RequestServices.GetRequiredService<FailedLogins>();
        if (failed.IsExhausted(context.HttpContext, out var retryAfter))
        {
            context.Result = new ProblemResult(new Problem(ProblemCode.RateLimited) { RetryAfter = retryAfter });
            return;
        }

        var executed = await next();
        if (executed.Result is ProblemResult { Problem.Code: var code })
        {
            failed.Count(context.HttpContext, code);
        }
    }
}
