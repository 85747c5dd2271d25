using System.Net;
using WxAuth.Api.Configuration;
using WxAuth.Api.Requests;
using WxAuth.Domain.Accounts;

namespace WxAuth.Api.RateLimits;

/// <summary>
/// Attempts to get a session, by client address, on this node. Each takes a permit when it starts, so that of many at once no more are
/// evaluated than may fail; one that fails keeps it for a minute, any other gives it back at its end. Successes are free: thousands of
/// phones share one address, so who finds all permits in flight waits for one. The framework's limiters fit only in part: its windows
/// take nothing back, and its concurrency limiter would let waiting guesses wait on when no permit can come back any more.
/// </summary>
internal sealed class FailedLogins(RateLimitSettings limits, TimeProvider timeProvider)
{
    /// <summary>How long a failure counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How long an attempt waits for a permit that is in flight.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Attempts of one address that wait, for each permit; the rest is refused at once.</summary>
    public const int WaitingPerPermit = 10;

    // Of an attempt that is refused while others are in flight: how they end is not known.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly int _limit = limits.FailedLoginsPerMinutePerIp;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Attempts> _byClient = [];
    private long _sweptAt = timeProvider.GetTimestamp();

    /// <summary>Starts an attempt, as soon as its address has a permit for it. To be disposed of at its end.</summary>
    public async ValueTask<LoginAttempt> StartAsync(HttpContext context)
    {
        if (_limit == 0 || context.ClientIp() is not { } ip)
        {
            return LoginAttempt.Unlimited;
        }

        var client = ClientNetwork.Of(ip);
        Attempts attempts;
        LinkedListNode<TaskCompletionSource<LoginAttempt>> waiting;
        lock (_gate)
        {
            attempts = AttemptsOf(client);
            if (attempts.Failed.Count >= _limit)
            {
                return LoginAttempt.Refused(RestOf(attempts));
            }

            if (attempts.InFlight + attempts.Failed.Count < _limit)
            {
                attempts.InFlight++;
                return new LoginAttempt(this, client);
            }

            if (attempts.Waiting.Count >= (long)_limit * WaitingPerPermit)
            {
                return LoginAttempt.Refused(Soon);
            }

            waiting = attempts.Waiting.AddLast(new TaskCompletionSource<LoginAttempt>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return await WaitAsync(attempts, waiting, context.RequestAborted);
    }

    /// <summary>Ends an attempt.</summary>
    /// <param name="client">Whose it was.</param>
    /// <param name="failed">Whether it keeps its permit for <see cref="Window"/>.</param>
    public void End(IPAddress client, bool failed)
    {
        lock (_gate)
        {
            var attempts = AttemptsOf(client);
            attempts.InFlight--;
            if (failed)
            {
                attempts.Failed.Enqueue(timeProvider.GetTimestamp());
            }

            LetIn(client, attempts);
            if (attempts.IsNothing)
            {
                _byClient.Remove(client);
            }
        }
    }

    private async Task<LoginAttempt> WaitAsync(
        Attempts attempts, LinkedListNode<TaskCompletionSource<LoginAttempt>> waiting, CancellationToken aborted)
    {
        var answer = waiting.Value;
        await using var tooLong = timeProvider.CreateTimer(
            _ => answer.TrySetResult(LoginAttempt.Refused(Soon)), state: null, LongestWait, Timeout.InfiniteTimeSpan);
        await using var gone = aborted.UnsafeRegister(_ => answer.TrySetCanceled(aborted), state: null);
        try
        {
            return await answer.Task;
        }
        finally
        {
            lock (_gate)
            {
                if (waiting.List is not null)
                {
                    attempts.Waiting.Remove(waiting);
                }
            }
        }
    }

    // Who waits gets the permits that are free; where failures hold them all, nobody's waiting helps.
    private void LetIn(IPAddress client, Attempts attempts)
    {
        while (attempts.Waiting.First is { Value: var first })
        {
            if (attempts.Failed.Count >= _limit)
            {
                first.TrySetResult(LoginAttempt.Refused(RestOf(attempts)));
            }
            else if (attempts.InFlight + attempts.Failed.Count >= _limit)
            {
                return;
            }
            else if (first.TrySetResult(new LoginAttempt(this, client)))
            {
                attempts.InFlight++;
            }

            attempts.Waiting.RemoveFirst();
        }
    }

    private Attempts AttemptsOf(IPAddress client)
    {
        if (timeProvider.GetElapsedTime(_sweptAt) >= Window)
        {
            _sweptAt = timeProvider.GetTimestamp();
            foreach (var (other, its) in _byClient)
            {
                ForgetOld(its);
                if (its.IsNothing)
                {
                    _byClient.Remove(other);
                }
            }
        }

        if (!_byClient.TryGetValue(client, out var attempts))
        {
            _byClient.Add(client, attempts = new Attempts());
        }

        ForgetOld(attempts);
        return attempts;
    }

    private void ForgetOld(Attempts attempts)
    {
        while (attempts.Failed.TryPeek(out var failedAt) && timeProvider.GetElapsedTime(failedAt) >= Window)
        {
            attempts.Failed.Dequeue();
        }
    }

    private TimeSpan RestOf(Attempts attempts) => Window - timeProvider.GetElapsedTime(attempts.Failed.Peek());

    private sealed class Attempts
    {
        public int InFlight { get; set; }

        /// <summary>When, the oldest first; timestamps, so that a clock that is set changes nothing.</summary>
        public Queue<long> Failed { get; } = new();

        /// <summary>Who came first is first.</summary>
        public LinkedList<TaskCompletionSource<LoginAttempt>> Waiting { get; } = new();

        public bool IsNothing => InFlight == 0 && Failed.Count == 0 && Waiting.Count == 0;
    }
}

/// <summary>An attempt to get a session, with its permit or refused for want of one.</summary>
internal sealed class LoginAttempt : IDisposable
{
    /// <summary>Of who is not limited.</summary>
    public static readonly LoginAttempt Unlimited = new(retryAfter: null);

    private readonly FailedLogins? _permits;
    private readonly IPAddress _client = IPAddress.None;
    private bool _hasFailed;

    public LoginAttempt(FailedLogins permits, IPAddress client) => (_permits, _client) = (permits, client);

    private LoginAttempt(TimeSpan? retryAfter) => RetryAfter = retryAfter;

    /// <summary>Where it must not be made: how long to wait before the next.</summary>
    public TimeSpan? RetryAfter { get; }

    public static LoginAttempt Refused(TimeSpan retryAfter) => new(retryAfter);

    /// <summary>It was a failed login.</summary>
    public void Fail() => _hasFailed = true;

    public void Dispose() => _permits?.End(_client, _hasFailed);
}
