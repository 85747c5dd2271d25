using Microsoft.AspNetCore.Mvc.Filters;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Api.RateLimits;

/// <summary>On the routes that give sessions: too many failures from one address are answered <c>rate_limited</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class LimitsFailedLoginsAttribute : Attribute, IAsyncActionFilter
{
    /// <summary>Whether what is refused here is a login that nobody else would count. Default: <c>false</c>.</summary>
    public bool CountsLogins { get; init; }

    /// <inheritdoc/>
    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        var failed = context.HttpContext.RequestServices.GetRequiredService<FailedLogins>();
        if (failed.IsExhausted(context.HttpContext, out var retryAfter))
        {
            if (CountsLogins)
            {
                WxAuthTelemetry.CountLogin(AppOf(context), "rate_limited");
            }

            context.Result = new ProblemResult(new Problem(ProblemCode.RateLimited) { RetryAfter = retryAfter });
            return;
        }

        var executed = await next();
        if (executed.Result is ProblemResult { Problem.Code: var code })
        {
            failed.Count(context.HttpContext, code);
        }
    }

    // A configured app or none: a client must not be able to make up values of a tag.
    private static string AppOf(ActionExecutingContext context)
    {
        var appId = context.ActionArguments.Values.OfType<LoginRequest>().FirstOrDefault()?.AppId;
        return context.HttpContext.RequestServices.GetRequiredService<MiniPrograms>().Find(appId)?.AppId ?? "unknown";
    }
}
