using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Accounts;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class PasswordFailureStore(WxAuthDbContext db) : IPasswordFailureStore
{
    // What a login is just counting is left for the next time.
    public Task<int> DeleteStaleAsync(DateTimeOffset now, int batch, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
        DELETE FROM password_failures WHERE key IN (
            SELECT key FROM password_failures WHERE expires_at <= {now} ORDER BY expires_at LIMIT {batch} FOR UPDATE SKIP LOCKED)
        """,
        cancellationToken);
}
