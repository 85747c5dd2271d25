using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Persistence.Configurations;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>Platform accounts in PostgreSQL. The locks of an attempt are taken in the order of <see cref="RowLocks"/>.</summary>
internal sealed class AccountStore(WxAuthDbContext db, LoginTurns turns) : IAccountStore
{
    public async Task<Credentials?> FindCredentialsAsync(string userName, CancellationToken cancellationToken)
    {
        var key = userName.ToLowerInvariant();
        return await db.Users.AsNoTracking()
            .Where(user => EF.Property<string>(user, UserConfiguration.UserNameKey) == key)
            .Select(user => new Credentials(user.Id, user.PasswordHash!))
            .SingleOrDefaultAsync(cancellationToken);
    }

    public Task<T> LoginAsync<T>(PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, T> decide, CancellationToken cancellationToken) =>
        RunInTurnAsync(
            attempt,
            async () =>
            {
                var (user, sessions) = await LockAccountAsync(attempt, now, cancellationToken);
                var account = await FindCountsAsync(attempt, now, user, sessions, appIds: [], cancellationToken);
                var result = decide(account);
                Keep(account);
                return result;
            },
            cancellationToken);

    public async Task<T> BindAsync<T>(
        byte[] ticketHash, PasswordAttempt attempt, DateTimeOffset now, Func<LockedAccount, TicketHolder?, T> decide, CancellationToken cancellationToken)
    {
        // What is to be locked depends on it. A login of the same openid in between puts another ticket in the place of this one.
        var found = await db.Identities.AsNoTracking()
            .Where(identity => identity.BindingTicketHash == ticketHash)
            .Select(identity => new { identity.AppId, identity.OpenId, identity.UnionId })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            var nobody = new LockedAccount
            {
                PairFailures = PasswordFailures.None(attempt.PairKey),
                NameFailures = PasswordFailures.None(attempt.NameKey),
            };
            return await db.RunAsync(() => Task.FromResult(DecideAndKeep(nobody, null)), cancellationToken);
        }

        return await RunInTurnAsync(
            attempt,
            async () =>
            {
                await RowLocks.UnionIdsAsync(db, found.UnionId is { } unionId ? [unionId] : [], cancellationToken);
                await RowLocks.IdentityAsync(db, found.AppId, found.OpenId, cancellationToken);
                var holder = await FindHolderAsync(ticketHash, cancellationToken);
                var (user, sessions) = await LockAccountAsync(attempt, now, cancellationToken);
                var appIds = user is null
                    ? []
                    : await db.Identities.Where(identity => identity.UserId == user.Id).Select(identity => identity.AppId).ToListAsync(cancellationToken);
                return DecideAndKeep(await FindCountsAsync(attempt, now, user, sessions, appIds, cancellationToken), holder);
            },
            cancellationToken);

        T DecideAndKeep(LockedAccount account, TicketHolder? holder)
        {
            var result = decide(account, holder);
            Keep(account);
            return result;
        }
    }

    public Task<T> JoinAsync<T>(
        Guid userId,
        Guid sessionId,
        PasswordAttempt attempt,
        DateTimeOffset now,
        Func<LockedAccount, JoiningUser, T> decide,
        CancellationToken cancellationToken) => RunInTurnAsync(
        attempt,
        async () =>
        {
            LockedUser? user = null;
            LockedUser? other = null;
            if (attempt is { IsRight: true, UserId: { } accountId })
            {
                var locked = await LockedUsers.LoadAsync(db, now, [userId, accountId], cancellationToken);
                user = locked.GetValueOrDefault(accountId);
                other = locked.GetValueOrDefault(userId);
            }
            else
            {
                await RowLocks.UsersAsync(db, [userId], cancellationToken);
            }

            var session = await db.Sessions.SingleOrDefaultAsync(session => session.Id == sessionId && session.UserId == userId, cancellationToken);
            var appIds = user?.Identities.Select(identity => identity.AppId).ToList() ?? [];
            var account = await FindCountsAsync(attempt, now, user?.User, user?.Sessions ?? [], appIds, cancellationToken);
            var result = decide(account, new JoiningUser(session, other));
            Keep(account);
            if (other is not null)
            {
                await LockedUsers.KeepAsync(db, cancellationToken, other);
            }

            return result;
        },
        cancellationToken);

    /// <summary>
    /// Runs one attempt of a name at a time. Those of this process wait in memory, and not for a connection of the database; those of
    /// other processes wait for the lock.
    /// </summary>
    private async Task<T> RunInTurnAsync<T>(PasswordAttempt attempt, Func<Task<T>> useCase, CancellationToken cancellationToken)
    {
        using var turn = await turns.WaitAsync($"password {Convert.ToHexStringLower(attempt.NameKey)}", longest: null, cancellationToken);
        return await db.RunAsync(
            async () =>
            {
                await RowLocks.PasswordNameAsync(db, attempt.NameKey, cancellationToken);
                return await useCase();
            },
            cancellationToken);
    }

    private async Task<TicketHolder?> FindHolderAsync(byte[] ticketHash, CancellationToken cancellationToken)
    {
        var identity = await db.Identities.SingleOrDefaultAsync(identity => identity.BindingTicketHash == ticketHash, cancellationToken);
        if (identity is null)
        {
            return null;
        }

        var userIds = identity.UnionId is not { } unionId
            ? []
            : await db.Identities
                .Where(other => other.UnionId == unionId && other.UserId != null)
                .OrderBy(other => other.CreatedAt).ThenBy(other => other.AppId)
                .Select(other => other.UserId!.Value)
                .ToListAsync(cancellationToken);
        return new TicketHolder(identity, userIds);
    }

    /// <summary>The account with its live sessions, locked; nobody where the password is wrong, or the account has been erased since.</summary>
    private async Task<(User? User, IReadOnlyList<Session> Sessions)> LockAccountAsync(
        PasswordAttempt attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (attempt is not { IsRight: true, UserId: { } userId })
        {
            return (null, []);
        }

        await RowLocks.UsersAsync(db, [userId], cancellationToken);
        await RowLocks.SessionsOfAsync(db, [userId], cancellationToken);
        var user = await db.Users.Include(user => user.UnboundApps)
            .SingleOrDefaultAsync(user => user.Id == userId && user.Status != UserStatus.Erased, cancellationToken);
        var sessions = await db.Sessions
            .Where(session => session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .ToListAsync(cancellationToken);
        return (user, sessions);
    }

    private async Task<LockedAccount> FindCountsAsync(
        PasswordAttempt attempt,
        DateTimeOffset now,
        User? user,
        IReadOnlyList<Session> sessions,
        IReadOnlyList<string> appIds,
        CancellationToken cancellationToken)
    {
        var counts = await db.PasswordFailures
            .Where(failures => failures.Key == attempt.PairKey || failures.Key == attempt.NameKey)
            .ToListAsync(cancellationToken);
        var name = Of(attempt.NameKey);
        return new LockedAccount
        {
            PairFailures = Of(attempt.PairKey),
            NameFailures = name,
            IsKnownAddress = PasswordLockout.DependsOnAddress(name, now) && await IsKnownAddressAsync(attempt, now, cancellationToken),
            User = user,
            Sessions = sessions,
            AppIds = appIds,
        };

        PasswordFailures Of(byte[] key) => counts.Find(failures => failures.Key.AsSpan().SequenceEqual(key)) ?? PasswordFailures.None(key);
    }

    // Live and ended sessions are asked for apart: each kind has an index of its own.
    private async Task<bool> IsKnownAddressAsync(PasswordAttempt attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (attempt is not { UserId: { } userId, Ip: { } ip })
        {
            return false;
        }

        var since = now - PasswordLockout.KnownAddressMemory;
        var sessions = db.Sessions.Where(session => session.UserId == userId && session.CreatedAt >= since && session.Ip!.Equals(ip));
        return await sessions.AnyAsync(session => session.EndedAt == null, cancellationToken)
            || await sessions.AnyAsync(session => session.EndedAt != null, cancellationToken);
    }

    private void Keep(LockedAccount account)
    {
        foreach (var failures in (PasswordFailures[])[account.PairFailures, account.NameFailures])
        {
            var isKept = db.Entry(failures).State != EntityState.Detached;
            if (isKept && failures.IsEmpty)
            {
                db.Remove(failures);
            }
            else if (!isKept && !failures.IsEmpty)
            {
                db.Add(failures);
            }
        }

        if (account.Session is { } session)
        {
            db.Sessions.Add(session);
        }

        db.AuditEvents.AddRange(account.Events);
    }
}
