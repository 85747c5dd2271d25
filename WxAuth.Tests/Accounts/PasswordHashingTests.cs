using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Identity;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Accounts;

namespace WxAuth.Tests.Accounts;

/// <summary>Who hashes where, how many at once, and whose turn it is.</summary>
public sealed class PasswordHashingTests
{
    private static readonly IPAddress Flooder = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Half_of_the_processors_hash_and_no_thread_of_the_pool_does()
    {
        var watched = new WatchedHasher();
        using var hashing = new PasswordHashing(watched);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => hashing.VerifyAsync(null, $"guess {i}", Flooder, Ct), Ct)));

        Assert.Equal(24, watched.Verified);
        Assert.InRange(watched.MostAtOnce, 1, Math.Max(1, Environment.ProcessorCount / 2));
        Assert.Equal(0, watched.OnPoolThreads);
    }

    [Fact]
    public async Task Clients_take_turns()
    {
        using var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        var order = new ConcurrentQueue<string>();
        var jobs = Enumerable.Range(1, 3).Select(i => RunAsync(threads, Flooder, order, $"flooder {i}")).ToList();
        jobs.Add(RunAsync(threads, Other, order, "other 1"));
        jobs.Add(RunAsync(threads, Other, order, "other 2"));

        gate.Open();
        await Task.WhenAll(jobs);

        Assert.Equal(["flooder 1", "other 1", "flooder 2", "other 2", "flooder 3"], order);
    }

    [Fact]
    public async Task A_network_of_IPv6_takes_turns_as_one()
    {
        using var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        var order = new ConcurrentQueue<string>();
        Task[] jobs =
        [
            RunAsync(threads, IPAddress.Parse("2001:db8::1"), order, "network 1"),
            RunAsync(threads, IPAddress.Parse("2001:db8::2"), order, "network 2"),
            RunAsync(threads, Other, order, "other"),
        ];

        gate.Open();
        await Task.WhenAll(jobs);

        Assert.Equal(["network 1", "other", "network 2"], order);
    }

    [Fact]
    public async Task A_full_queue_refuses_who_has_most_in_it_and_takes_the_others()
    {
        using var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        var flood = Enumerable.Range(0, HashingThreads.WaitingPerThread).Select(i => RunAsync(threads, Flooder, [], $"{i}")).ToArray();

        var more = RunAsync(threads, Flooder, [], "more");
        var other = RunAsync(threads, Other, [], "other");

        var refused = await Assert.ThrowsAsync<PasswordHashingBusyException>(() => more);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<PasswordHashingBusyException>(() => flood[^1]);
        gate.Open();
        await Task.WhenAll([other, .. flood[..^1]]);
    }

    [Fact]
    public async Task Where_everybody_has_one_waiting_a_newcomer_is_refused()
    {
        using var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        var crowd = Enumerable.Range(0, HashingThreads.WaitingPerThread).Select(i => RunAsync(threads, new IPAddress(i + 1), [], $"{i}")).ToArray();

        await Assert.ThrowsAsync<PasswordHashingBusyException>(() => RunAsync(threads, Other, [], "newcomer"));

        gate.Open();
        await Task.WhenAll(crowd);
    }

    [Fact]
    public async Task Who_goes_away_leaves_his_place_to_the_next_and_is_not_hashed()
    {
        using var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        using var aborted = new CancellationTokenSource();
        var order = new ConcurrentQueue<string>();
        var gone = threads.RunAsync(Flooder, () => Say(order, "gone"), aborted.Token);
        var stay = Enumerable.Range(1, HashingThreads.WaitingPerThread - 1).Select(i => RunAsync(threads, Flooder, order, $"{i}")).ToList();

        await aborted.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        stay.Add(RunAsync(threads, Flooder, order, "next"));

        gate.Open();
        await Task.WhenAll(stay);
        Assert.Equal("next", order.Last());
        Assert.DoesNotContain("gone", order);
    }

    [Fact]
    public async Task What_still_waits_at_the_end_is_cancelled()
    {
        var threads = new HashingThreads(1);
        using var gate = new Gate(threads);
        var waiting = RunAsync(threads, Flooder, [], "waiting");

        threads.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(threads, Other, [], "late"));
    }

    [Fact]
    public async Task A_fault_of_the_hasher_is_its_callers()
    {
        using var threads = new HashingThreads(1);

        await Assert.ThrowsAsync<FormatException>(() => threads.RunAsync<int>(Flooder, () => throw new FormatException(), Ct));

        Assert.Equal(1, await threads.RunAsync(Flooder, () => 1, Ct));
    }

    private static Task<string> RunAsync(HashingThreads threads, IPAddress client, ConcurrentQueue<string> order, string name) =>
        threads.RunAsync(client, () => Say(order, name), Ct);

    private static string Say(ConcurrentQueue<string> order, string name)
    {
        order.Enqueue(name);
        return name;
    }

    /// <summary>Keeps a single thread busy until it is opened.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly Task _held;

        public Gate(HashingThreads threads)
        {
            using var begun = new ManualResetEventSlim();
            _held = threads.RunAsync(
                IPAddress.Loopback,
                () =>
                {
                    begun.Set();
                    return _open.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
                },
                CancellationToken.None);
            begun.Wait(Ct);
        }

        public void Open() => _open.Set();

        public void Dispose()
        {
            _open.Set();
            _held.GetAwaiter().GetResult();
            _open.Dispose();
        }
    }

    /// <summary>Compares nothing; notes how many are at it, and on whose threads.</summary>
    private sealed class WatchedHasher : IPasswordHasher<User>
    {
        private readonly Lock _gate = new();
        private int _atOnce;

        public int MostAtOnce { get; private set; }

        public int OnPoolThreads { get; private set; }

        public int Verified { get; private set; }

        public string HashPassword(User user, string password) => "hash";

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            lock (_gate)
            {
                _atOnce++;
                Verified++;
                MostAtOnce = Math.Max(MostAtOnce, _atOnce);
                OnPoolThreads += Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
            }

            Thread.SpinWait(200_000); // some milliseconds of work, so that runs overlap where they may
            lock (_gate)
            {
                _atOnce--;
            }

            return PasswordVerificationResult.Failed;
        }
    }
}
