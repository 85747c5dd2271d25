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
    // Of a locked account, too: it was one more guess, at the same cost, and a flood of them must end like any other.
    private static readonly HashSet<ProblemCode> Failures =
    [
        ProblemCode.CodeInvalid, ProblemCode.CodeUsed, ProblemCode.CredentialsInvalid, ProblemCode.AccountLocked, ProblemCode.BindingTicketInvalid,
        ProblemCode.RefreshTokenInvalid, ProblemCode.RefreshTokenExpired, ProblemCode.RefreshTokenReused,
    ];

    /// <summary>Whether what is refused here is a login that nobody else would count. Default: <c>false</c>.</summary>
    public bool CountsLogins { get; init; }

    /// <inheritdoc/>
    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        using var attempt = await context.HttpContext.RequestServices.GetRequiredService<FailedLogins>().StartAsync(context.HttpContext);
        if (attempt.RetryAfter is { } retryAfter)
        {
            if (CountsLogins)
            {
                WxAuthTelemetry.CountLogin(AppOf(context), "rate_limited");
            }

            context.Result = new ProblemResult(new Problem(ProblemCode.RateLimited) { RetryAfter = retryAfter });
            return;
        }

        var executed = await next();
        if (executed.Result is ProblemResult { Problem.Code: var code } && Failures.Contains(code))
        {
            attempt.Fail();
        }
    }

    // A configured app or none: a client must not be able to make up values of a tag.
    private static string AppOf(ActionExecutingContext context)
    {
        var programs = context.HttpContext.RequestServices.GetRequiredService<MiniPrograms>();
        // What is no login request comes from a tutorial's client, which knows the first app alone.
        var app = context.ActionArguments.Values.OfType<LoginRequest>().FirstOrDefault() is { } login ? programs.Find(login.AppId) : programs.First;
        return app?.AppId ?? "unknown";
    }
}
