using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>The calls that share a circuit breaker.</summary>
internal enum WeChatLane
{
    /// <summary>jscode2session.</summary>
    Exchange,

    /// <summary>All the others.</summary>
    Other,
}

/// <summary>How long an operation may go on.</summary>
/// <param name="Caller">The caller's own token: who goes away is no fault of WeChat's.</param>
/// <param name="Token">Ends with the caller or with the operation's total time.</param>
internal readonly record struct WeChatScope(CancellationToken Caller, CancellationToken Token);

/// <summary>The answer to a call.</summary>
/// <param name="Reply">Its last answer.</param>
/// <param name="AfterBusy">Whether WeChat said -1 at first, so that a code may have been used up by our own first try.</param>
internal readonly record struct WeChatAnswer<TReply>(TReply Reply, bool AfterBusy);

/// <summary>
/// What stands between us and a WeChat that is slow, away or busy: time limits, a limit of calls at once, circuit breakers, and
/// retries where they are safe, which is where nothing was sent and, once, where WeChat says that it is busy.
/// </summary>
internal sealed partial class WeChatResilience : IDisposable
{
    private static readonly TimeSpan s_breakDuration = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly TimeSpan _totalTimeout;
    private readonly ConcurrencyLimiter _limiter;
    private readonly ResiliencePipeline<WeChatReply> _retry;
    private readonly ResiliencePipeline<WeChatReply> _attempt;
    private readonly Breaker _exchange;
    private readonly Breaker _other;

    public WeChatResilience(IOptions<WeChatOptions> options, TimeProvider time, ILogger<WeChatResilience> logger)
    {
        _time = time;
        _totalTimeout = options.Value.TotalTimeout;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.MaxConcurrentCalls,
            // Whoever waits, waits for about the length of one call.
            QueueLimit = options.Value.MaxConcurrentCalls,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _retry = NewPipeline()
            .AddRetry(new RetryStrategyOptions<WeChatReply>
            {
                Name = "Busy",
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(200),
                UseJitter = true,
                ShouldHandle = static arguments => ValueTask.FromResult(IsBusy(arguments.Outcome)),
            })
            .AddRetry(new RetryStrategyOptions<WeChatReply>
            {
                Name = "NotSent",
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromMilliseconds(100),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = static arguments => ValueTask.FromResult(WasNotSent(arguments.Outcome)),
            })
            .Build();
        _attempt = NewPipeline().AddTimeout(options.Value.AttemptTimeout).Build();
        _exchange = new Breaker(WeChatLane.Exchange, NewPipeline(), logger);
        _other = new Breaker(WeChatLane.Other, NewPipeline(), logger);

        ResiliencePipelineBuilder<WeChatReply> NewPipeline() => new() { TimeProvider = time };
    }

    /// <summary>Runs a whole operation, which may make several calls, inside the total time, and turns every fault into a <see cref="WeChatException"/>.</summary>
    public async Task<T> RunAsync<T>(Func<WeChatScope, Task<T>> operation, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_totalTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await operation(new WeChatScope(cancellationToken, both.Token));
        }
        catch (BrokenCircuitException exception)
        {
            throw new WeChatException(WeChatFault.Unavailable, "WeChat has been failing; calls are held back.", exception.RetryAfter ?? s_breakDuration, exception);
        }
        catch (Exception exception) when (exception is TimeoutRejectedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new WeChatException(WeChatFault.Unavailable, "WeChat did not answer in time.", innerException: exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new WeChatException(WeChatFault.Unavailable, "WeChat cannot be reached.", innerException: exception);
        }
    }

    /// <summary>Makes one call, tried again where that is safe.</summary>
    public async Task<WeChatAnswer<TReply>> SendAsync<TReply>(WeChatLane lane, Func<CancellationToken, Task<TReply>> attempt, WeChatScope scope)
        where TReply : WeChatReply
    {
        using var turn = await _limiter.AcquireAsync(1, scope.Token);
        if (!turn.IsAcquired)
        {
            throw new WeChatException(WeChatFault.Unavailable, "Too many calls to WeChat are under way.");
        }

        var breaker = lane is WeChatLane.Exchange ? _exchange : _other;
        var wasBusy = false;
        var reply = await _retry.ExecuteAsync(
            async _ =>
            {
                var reply = await AttemptAsync(breaker, attempt, scope);
                wasBusy |= reply.ErrorCode is WeChatErrorCodes.Busy;
                return reply;
            },
            scope.Token);
        return new WeChatAnswer<TReply>((TReply)reply, wasBusy);
    }

    public void Dispose() => _limiter.Dispose();

    // The breaker itself gets no token: to it, who goes away has succeeded, and a caller who left would close a half-open breaker.
    private async ValueTask<WeChatReply> AttemptAsync<TReply>(Breaker breaker, Func<CancellationToken, Task<TReply>> attempt, WeChatScope scope)
        where TReply : WeChatReply =>
        await breaker.Pipeline.ExecuteAsync(
            async ValueTask<WeChatReply> (_) =>
            {
                // The probe speaks for all who wait for WeChat to come back: it is not given up with its caller.
                var token = breaker.State.CircuitState is CircuitState.HalfOpen ? CancellationToken.None : scope.Token;
                try
                {
                    return await _attempt.ExecuteAsync(async ValueTask<WeChatReply> (limited) => await attempt(limited), token);
                }
                catch (OperationCanceledException exception) when (!(token.IsCancellationRequested && scope.Caller.IsCancellationRequested))
                {
                    // The total time or the time to connect ran out: as much WeChat's fault as the time of the try.
                    throw new TimeoutRejectedException("WeChat did not answer in time.", exception);
                }
            },
            CancellationToken.None);

    private static bool IsBusy(Outcome<WeChatReply> outcome) => outcome.Result is { ErrorCode: WeChatErrorCodes.Busy };

    private static bool WasNotSent(Outcome<WeChatReply> outcome) =>
        outcome.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private sealed class Breaker
    {
        public Breaker(WeChatLane lane, ResiliencePipelineBuilder<WeChatReply> builder, ILogger logger) =>
            Pipeline = builder
                .AddCircuitBreaker(new CircuitBreakerStrategyOptions<WeChatReply>
                {
                    Name = lane.ToString(),
                    FailureRatio = 0.5,
                    MinimumThroughput = 20,
                    SamplingDuration = TimeSpan.FromSeconds(10),
                    BreakDuration = s_breakDuration,
                    StateProvider = State,
                    // An errcode other than -1 is an answer: a client with bad codes must not shut everybody out.
                    ShouldHandle = static arguments => ValueTask.FromResult(IsBusy(arguments.Outcome)
                        || arguments.Outcome.Exception is HttpRequestException or IOException or TimeoutRejectedException or WeChatException),
                    OnOpened = _ =>
                    {
                        Log.Opened(logger, lane, s_breakDuration);
                        return default;
                    },
                    OnClosed = _ =>
                    {
                        Log.Closed(logger, lane);
                        return default;
                    },
                })
                .Build();

        public CircuitBreakerStateProvider State { get; } = new();

        public ResiliencePipeline<WeChatReply> Pipeline { get; }
    }

    private static partial class Log
    {
        [LoggerMessage(3100, LogLevel.Error, "WeChat fails: calls ({Lane}) are held back for {BreakDuration}.")]
        public static partial void Opened(ILogger logger, WeChatLane lane, TimeSpan breakDuration);

        [LoggerMessage(3101, LogLevel.Warning, "WeChat answers again: calls ({Lane}) go through.")]
        public static partial void Closed(ILogger logger, WeChatLane lane);
    }
}
