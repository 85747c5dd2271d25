using System.Net;
using WxAuth.Domain.Accounts;

namespace WxAuth.Infrastructure.Accounts;

/// <summary>
/// Runs work that takes a processor for long, on threads of its own: on the thread pool's it would keep every other request waiting.
/// The queue is bounded, and clients take turns in it: who sends a thousand waits for his own.
/// </summary>
internal sealed class HashingThreads : IDisposable
{
    /// <summary>Jobs that wait at most, for each thread: at 50 ms each the last one's turn comes after some six seconds.</summary>
    public const int WaitingPerThread = 128;

    // About as long as a full queue takes.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(6);

    // Guards all of the state below, and wakes the threads (Monitor.Wait).
    private readonly object _gate = new();
    private readonly Dictionary<IPAddress, Line> _lines = [];
    private readonly LinkedList<Line> _turns = new();
    private readonly Thread[] _threads;
    private readonly int _capacity;
    private int _waiting;
    private bool _isStopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">1 or more.</param>
    public HashingThreads(int count)
    {
        _capacity = count * WaitingPerThread;
        _threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(Work) { Name = "Password hashing", IsBackground = true })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>How many run at once on this machine: half of its processors, at least one, so that the other half serves.</summary>
    public static int DefaultCount => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Runs a job when it is its client's turn.</summary>
    /// <exception cref="PasswordHashingBusyException">The queue is full, and no client has more in it than this one.</exception>
    /// <exception cref="OperationCanceledException">The caller went away while it waited, or the program ends.</exception>
    public async Task<T> RunAsync<T>(IPAddress? client, Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var job = new Job<T>(work);
        Add(client is null ? IPAddress.None : ClientNetwork.Of(client), job);
        await using var gone = cancellationToken.UnsafeRegister(_ => Cancel(job, cancellationToken), state: null);
        return await job.Done;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            foreach (var job in _turns.SelectMany(line => line.Jobs))
            {
                job.Cancel(CancellationToken.None);
            }

            Monitor.PulseAll(_gate);
        }
    }

    private void Add(IPAddress client, Job job)
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                job.Cancel(CancellationToken.None);
                return;
            }

            if (!_lines.TryGetValue(client, out var line))
            {
                line = new Line(client);
            }

            if (_waiting >= _capacity && !MakesRoomFor(line))
            {
                job.Refuse(new PasswordHashingBusyException(RetryAfter));
                return;
            }

            if (line.Jobs.Count == 0)
            {
                _lines.Add(client, line);
                _turns.AddLast(line);
            }

            job.Place = line.Jobs.AddLast(job);
            job.Line = line;
            _waiting++;
            Monitor.Pulse(_gate);
        }
    }

    // The longest line loses its last one, if that makes things fairer: it, too, can come again.
    private bool MakesRoomFor(Line line)
    {
        var longest = _turns.MaxBy(other => other.Jobs.Count)!;
        if (longest.Jobs.Count <= line.Jobs.Count + 1)
        {
            return false;
        }

        var last = longest.Jobs.Last!.Value;
        TakeOut(last);
        last.Refuse(new PasswordHashingBusyException(RetryAfter));
        return true;
    }

    private void Cancel(Job job, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (job.Place is not null)
            {
                TakeOut(job);
                job.Cancel(cancellationToken);
            }
        }
    }

    private void TakeOut(Job job)
    {
        var line = job.Line!;
        line.Jobs.Remove(job.Place!);
        job.Place = null;
        _waiting--;
        if (line.Jobs.Count == 0)
        {
            _lines.Remove(line.Client);
            _turns.Remove(line);
        }
    }

    private void Work()
    {
        while (Next() is { } job)
        {
            job.Run();
        }
    }

    private Job? Next()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (_turns.First is { } turn)
                {
                    var job = turn.Value.Jobs.First!.Value;
                    TakeOut(job);
                    if (turn.List is not null)
                    {
                        // It has more: behind the others.
                        _turns.Remove(turn);
                        _turns.AddLast(turn);
                    }

                    return job;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    /// <summary>What one client has waiting, in its order; known only while there is something.</summary>
    private sealed class Line(IPAddress client)
    {
        public IPAddress Client { get; } = client;

        public LinkedList<Job> Jobs { get; } = new();
    }

    private abstract class Job
    {
        /// <summary>Set with <see cref="Place"/>.</summary>
        public Line? Line { get; set; }

        /// <summary><c>null</c> once it waits no longer.</summary>
        public LinkedListNode<Job>? Place { get; set; }

        public abstract void Run();

        public abstract void Refuse(PasswordHashingBusyException exception);

        public abstract void Cancel(CancellationToken cancellationToken);
    }

    private sealed class Job<T>(Func<T> work) : Job
    {
        // Whoever awaits it goes on on the thread pool, not on our thread.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Done => _done.Task;

        public override void Run()
        {
            try
            {
                _done.SetResult(work());
            }
#pragma warning disable CA1031 // The exception is the caller's: it goes to whoever awaits the job.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _done.SetException(exception);
            }
        }

        public override void Refuse(PasswordHashingBusyException exception) => _done.SetException(exception);

        public override void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);
    }
}
