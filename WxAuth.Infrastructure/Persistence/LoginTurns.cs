namespace WxAuth.Infrastructure.Persistence;

/// <summary>Lets one login of a key run at a time in this process; the others wait in memory.</summary>
internal sealed class LoginTurns(TimeProvider timeProvider)
{
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc cref="Domain.Login.ILoginStore.WaitForTurnAsync"/>
    public async ValueTask<IDisposable> WaitAsync(string key, TimeSpan? longest, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue(key, out turn!))
            {
                turn = new Turn(this, key);
                _turns.Add(key, turn);
                turn.Holders = 1;
                return turn;
            }

            turn.Holders++;
        }

        try
        {
            if (longest is not { } limit)
            {
                await turn.Free.WaitAsync(cancellationToken);
                return turn;
            }

            using var timeout = new CancellationTokenSource(limit, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                await turn.Free.WaitAsync(either.Token);
                return turn;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new LateTurn(turn);
            }
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Holders == 0)
            {
                _turns.Remove(turn.Key);
            }
        }
    }

    /// <summary>The turn of one key: held by one, waited for by the others.</summary>
    private sealed class Turn(LoginTurns owner, string key) : IDisposable
    {
        public string Key { get; } = key;

        public int Holders { get; set; }

        // Made held: whoever makes it has the first turn. A semaphore whose wait handle is never asked for needs no disposal.
        public SemaphoreSlim Free { get; } = new(0, 1);

        public LoginTurns Owner => owner;

        public void Dispose()
        {
            Free.Release();
            owner.Leave(this);
        }
    }

    /// <summary>Somebody who has waited for long enough and goes ahead beside the holder.</summary>
    private sealed class LateTurn(Turn turn) : IDisposable
    {
        public void Dispose() => turn.Owner.Leave(turn);
    }
}
