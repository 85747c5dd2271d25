using System.Threading.RateLimiting;
using WxAuth.Api.Configuration;
using WxAuth.Api.Problems;

namespace WxAuth.Api.RateLimits;

/// <summary>
/// Limits of requests on this node, by the framework's limiter: a minute's of a session, and an hour's of a user on the routes that cost
/// most. What they refuse is refused before a route reads its body.
/// </summary>
internal static class RequestRateLimits
{
    /// <summary>Policy of uploads of a picture.</summary>
    public const string Avatars = "avatars";

    /// <summary>Policy of exports of a user's data.</summary>
    public const string Exports = "exports";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Registers the limits; one that is 0 lets everything pass.</summary>
    public static IServiceCollection AddRequestRateLimits(this IServiceCollection services, RateLimitSettings limits) => services.AddRateLimiter(options =>
    {
        if (limits.RequestsPerMinutePerSession > 0)
        {
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => Limit(context.User.FindFirst("sid")?.Value, limits.RequestsPerMinutePerSession, Minute));
        }

        options.AddPolicy(Avatars, context => Limit(UserOf(context), limits.AvatarsPerHourPerUser, Hour));
        options.AddPolicy(Exports, context => Limit(UserOf(context), limits.ExportsPerHourPerUser, Hour));
        options.OnRejected = (rejected, _) => new ValueTask(ProblemWriter.WriteAsync(
            rejected.HttpContext,
            new Problem(ProblemCode.RateLimited)
            {
                RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Minute,
            }));
    });

    /// <summary>Goes behind authentication: what has no session has no limit here.</summary>
    public static IApplicationBuilder UseRequestRateLimits(this IApplicationBuilder app) =>
        app.UseWhen(context => context.User.Identity?.IsAuthenticated is true, limited => limited.UseRateLimiter());

    private static string? UserOf(HttpContext context) => context.User.FindFirst("sub")?.Value;

    private static RateLimitPartition<string> Limit(string? partition, int permits, TimeSpan window) => partition is null || permits == 0
        ? RateLimitPartition.GetNoLimiter("")
        : RateLimitPartition.GetFixedWindowLimiter(
            partition, _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = window, QueueLimit = 0 });
}
