using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Reads everything kept about a user in one snapshot, for half of an erasure would be no picture of anything; and in parts, so that it
/// takes the same memory however much there is.
/// </summary>
internal sealed class PersonalDataStore(WxAuthDbContext db, ExportTurns turns) : IPersonalDataStore
{
    private const int PartSize = 500;

    public async Task<bool> ReadAsync(Guid userId, Func<PersonalData, Task> read, CancellationToken cancellationToken)
    {
        using var turn = await turns.WaitAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var user = await db.Users.AsNoTracking()
            .SingleOrDefaultAsync(one => one.Id == userId && one.Status != UserStatus.Erased, cancellationToken);
        if (user is null)
        {
            return false;
        }

        var identities = await db.Identities.AsNoTracking()
            .Where(identity => identity.UserId == userId)
            .OrderBy(identity => identity.CreatedAt).ThenBy(identity => identity.AppId)
            .ToListAsync(cancellationToken);
        await read(new PersonalData(user, identities, SessionsOf(userId, cancellationToken), AuditEventsOf(userId, cancellationToken)));
        return true;
    }

    private IAsyncEnumerable<Session> SessionsOf(Guid userId, CancellationToken cancellationToken) => InPartsAsync(
        after => UserSessions.ReadAsync(
            db.Sessions.AsNoTracking().Where(session => session.Id > after),
            userId,
            part => part.OrderBy(session => session.Id).Take(PartSize),
            cancellationToken),
        session => session.Id,
        cancellationToken);

    private IAsyncEnumerable<AuditEvent> AuditEventsOf(Guid userId, CancellationToken cancellationToken) => InPartsAsync(
        after => AuditTrail.OldestFirstAsync(db, userId, after, PartSize, cancellationToken), item => item.Id, cancellationToken);

    /// <summary>All rows in the order of their ids.</summary>
    /// <param name="readAsync">Reads at least as many of the first rows beyond an id as are in a part; in any order.</param>
    /// <param name="idOf">A row's id.</param>
    /// <param name="cancellationToken">The caller's.</param>
    private static async IAsyncEnumerable<T> InPartsAsync<T>(
        Func<Guid, Task<List<T>>> readAsync, Func<T, Guid> idOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        int count;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = await readAsync(after);
            count = 0;
            foreach (var row in rows.OrderBy(idOf).Take(PartSize))
            {
                yield return row;
                after = idOf(row);
                count++;
            }
        }
        while (count == PartSize);
    }
}

/// <summary>
/// How many exports a node reads at a time. Each holds a connection of the pool for as long as its reader takes, and slow readers must not
/// take them all.
/// </summary>
internal sealed class ExportTurns : IDisposable
{
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _free = new(AtOnce);

    /// <summary>Waits for a turn; disposing it gives it back.</summary>
    public async Task<IDisposable> WaitAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Turn(_free);
    }

    public void Dispose() => _free.Dispose();

    private sealed class Turn(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
