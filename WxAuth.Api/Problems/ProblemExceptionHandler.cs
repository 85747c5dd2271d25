using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using WxAuth.Domain;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Api.Problems;

/// <summary>The one place where an exception becomes a problem. What the client reads and what the log says are two texts.</summary>
internal sealed partial class ProblemExceptionHandler(ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // Who is gone needs no answer, and a cancelled query is nobody's fault.
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = ToProblem(exception);
        Report(exception, problem.Code);
        await ProblemWriter.WriteAsync(httpContext, problem);
        return true;
    }

    /// <summary>The problem of an exception.</summary>
    public static Problem ToProblem(Exception exception) => exception switch
    {
        WeChatException weChat => new Problem(ToProblemCode(weChat.Fault)) { RetryAfter = weChat.RetryAfter },
        PasswordHashingBusyException busy => new Problem(ProblemCode.RateLimited) { RetryAfter = busy.RetryAfter },
        SigningKeyUnavailableException or ConcurrentChangeException => ProblemCode.DatabaseUnavailable,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ProblemCode.PayloadTooLarge,
        BadHttpRequestException => ProblemCode.MalformedRequest,
        _ when DatabaseFaults.IsUnavailable(exception) => ProblemCode.DatabaseUnavailable,
        _ => ProblemCode.InternalError,
    };

    /// <summary>The problem code of a fault of WeChat.</summary>
    public static ProblemCode ToProblemCode(WeChatFault fault) => fault switch
    {
        WeChatFault.Unavailable => ProblemCode.WechatUnavailable,
        WeChatFault.BadResponse => ProblemCode.WechatBadResponse,
        WeChatFault.RejectedApp => ProblemCode.WechatRejectedApp,
        WeChatFault.RateLimited => ProblemCode.RateLimited,
        _ => throw new UnreachableException($"No problem code for {fault}."),
    };

    private void Report(Exception exception, ProblemCode code)
    {
        switch (code)
        {
            // What an operator must do about it is said where the call is made.
            case var _ when exception is WeChatException weChat:
                Log.WeChatFailed(logger, weChat.Fault, weChat.Message);
                break;
            // A line each would be the flood's own work, and the metrics count 429s.
            case var _ when exception is PasswordHashingBusyException:
            case ProblemCode.PayloadTooLarge or ProblemCode.MalformedRequest:
                break;
            case ProblemCode.DatabaseUnavailable:
                Log.DatabaseUnavailable(logger, DatabaseFaults.NameOf(exception));
                break;
            default:
                Log.Unexpected(logger, exception);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Error, "A request failed for a reason that nothing foresees.")]
        public static partial void Unexpected(ILogger logger, Exception exception);

        // An outage fails many requests: one short line each, and readiness tells the state.
        [LoggerMessage(1001, LogLevel.Warning, "The database cannot serve a request ({Fault}).")]
        public static partial void DatabaseUnavailable(ILogger logger, string fault);

        [LoggerMessage(1002, LogLevel.Warning, "WeChat failed a request ({Fault}): {Reason}")]
        public static partial void WeChatFailed(ILogger logger, WeChatFault fault, string reason);
    }
}
