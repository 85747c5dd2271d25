using System.Threading.RateLimiting;
using WxAuth.Api.Problems;

namespace WxAuth.Api.RateLimits;

/// <summary>Requests a minute and session, on this node, with the framework's limiter.</summary>
internal static class SessionRateLimit
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddSessionRateLimit(this IServiceCollection services, int requestsPerMinute) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => context.User.FindFirst("sid")?.Value is { } sessionId
            ? RateLimitPartition.GetFixedWindowLimiter(
                sessionId, _ => new FixedWindowRateLimiterOptions { PermitLimit = requestsPerMinute, Window = Window, QueueLimit = 0 })
            : RateLimitPartition.GetNoLimiter(""));
        options.OnRejected = (rejected, _) => new ValueTask(ProblemWriter.WriteAsync(
            rejected.HttpContext,
            new Problem(ProblemCode.RateLimited)
            {
                RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Window,
            }));
    });
}
