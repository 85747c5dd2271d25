using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using WxAuth.Domain;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// Runs a use case in a transaction: read, decide, <c>SaveChanges</c>, commit. Where a unique index, a concurrency token or the trigger on
/// sessions says that somebody else was first, the whole starts again from its read.
/// </summary>
internal static class UnitOfWork
{
    private const int MaxTries = 5;

    /// <summary>Runs it.</summary>
    /// <exception cref="ConcurrentChangeException">Somebody else was first time after time.</exception>
    public static async Task<T> RunAsync<T>(this WxAuthDbContext db, Func<Task<T>> useCase, CancellationToken cancellationToken)
    {
        for (var tries = 1; tries <= MaxTries; tries++)
        {
            db.ChangeTracker.Clear();
            try
            {
                await using var transaction = await db.BeginAsync(cancellationToken);
                var result = await useCase();
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return result;
            }
            catch (Exception e) when (IsConflict(e))
            {
                // The transaction is rolled back; nothing of this try is left but what the tracker holds.
            }
        }

        throw new ConcurrentChangeException();
    }

    /// <summary>Begins a transaction.</summary>
    public static Task<IDbContextTransaction> BeginAsync(this WxAuthDbContext db, CancellationToken cancellationToken)
    {
        // A use case that fails is repeated as a whole: no savepoint within it, which would be two more round trips.
        db.Database.AutoSavepointsEnabled = false;
        return db.Database.BeginTransactionAsync(cancellationToken);
    }

    /// <summary>Whether an exception says that somebody else was first.</summary>
    public static bool IsConflict(Exception exception) => exception is DbUpdateConcurrencyException
        || ((exception as PostgresException ?? exception.InnerException as PostgresException) is { } postgres && IsConflict(postgres));

    private static bool IsConflict(PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => true,
        PostgresErrorCodes.CheckViolation => exception.ConstraintName == Configurations.SessionConfiguration.ActiveUserConstraint,
        _ => false,
    };
}
