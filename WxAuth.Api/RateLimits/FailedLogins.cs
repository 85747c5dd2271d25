using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using WxAuth.Api.Configuration;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;

namespace WxAuth.Api.RateLimits;

/// <summary>
/// Failed attempts to get a session, by client address, on this node. Successes are free: thousands of phones share one address.
/// </summary>
internal sealed class FailedLogins : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private static readonly HashSet<ProblemCode> Failures =
    [
        ProblemCode.CodeInvalid, ProblemCode.CodeUsed, ProblemCode.CredentialsInvalid, ProblemCode.BindingTicketInvalid,
        ProblemCode.RefreshTokenInvalid, ProblemCode.RefreshTokenExpired, ProblemCode.RefreshTokenReused,
    ];

    private readonly PartitionedRateLimiter<IPAddress>? _limiter;

    public FailedLogins(Settings settings)
    {
        if (settings.RateLimits.FailedLoginsPerMinutePerIp is > 0 and var limit)
        {
            _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetSlidingWindowLimiter(
                address,
                _ => new SlidingWindowRateLimiterOptions { PermitLimit = limit, Window = Window, SegmentsPerWindow = 6, QueueLimit = 0 }));
        }
    }

    /// <summary>Whether an address has failed too often; then for how long it must wait.</summary>
    public bool IsExhausted(HttpContext context, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (_limiter is null || Partition(context) is not { } address)
        {
            return false;
        }

        // Asking for no permit at all tells whether there is one.
        using var lease = _limiter.AttemptAcquire(address, permitCount: 0);
        if (lease.IsAcquired)
        {
            return false;
        }

        retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Window;
        return true;
    }

    /// <summary>Counts an answer, if it is a failure.</summary>
    public void Count(HttpContext context, ProblemCode code)
    {
        if (_limiter is not null && Failures.Contains(code) && Partition(context) is { } address)
        {
            _limiter.AttemptAcquire(address).Dispose();
        }
    }

    public void Dispose() => _limiter?.Dispose();

    // One customer has a whole /64 of IPv6.
    private static IPAddress? Partition(HttpContext context)
    {
        if (context.ClientIp() is not { AddressFamily: AddressFamily.InterNetworkV6 } address)
        {
            return context.ClientIp();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
