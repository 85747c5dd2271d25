using Microsoft.EntityFrameworkCore;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>
/// The locks of use cases that need an order, all of them. Whoever takes several takes them in the order in which they stand here, so that
/// no two use cases wait for each other: password name, administrators, unionids, identities, users, sessions. Each lasts until the
/// transaction ends.
/// </summary>
internal static class RowLocks
{
    /// <summary>Attempts with one user name follow each other, so that no wrong password is left uncounted.</summary>
    public static Task PasswordNameAsync(WxAuthDbContext db, byte[] nameKey, CancellationToken cancellationToken) =>
        AdvisoryAsync(db, $"wxauth password {Convert.ToHexStringLower(nameKey)}", cancellationToken);

    /// <summary>Of two administrators who leave at once, one has to stay.</summary>
    public static Task AdministratorsAsync(WxAuthDbContext db, CancellationToken cancellationToken) =>
        AdvisoryAsync(db, "wxauth administrators", cancellationToken);

    /// <summary>One person's logins in two apps at once find each other.</summary>
    public static async Task UnionIdsAsync(WxAuthDbContext db, IEnumerable<string> unionIds, CancellationToken cancellationToken)
    {
        foreach (var unionId in unionIds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await AdvisoryAsync(db, $"wxauth unionid {unionId}", cancellationToken);
        }
    }

    /// <summary>One identity, if it exists.</summary>
    public static Task IdentityAsync(WxAuthDbContext db, string appId, string openId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"SELECT 1 FROM wechat_identities WHERE app_id = {appId} AND open_id = {openId} FOR UPDATE", cancellationToken);

    /// <summary>The identities that lead to these users.</summary>
    public static Task IdentitiesOfAsync(WxAuthDbContext db, Guid[] userIds, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"SELECT 1 FROM wechat_identities WHERE user_id = ANY ({userIds}) ORDER BY app_id, open_id FOR UPDATE", cancellationToken);

    /// <summary>These users. Also waits for logins of theirs, which hold the user's key.</summary>
    public static Task UsersAsync(WxAuthDbContext db, Guid[] userIds, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = ANY ({userIds}) ORDER BY id FOR UPDATE", cancellationToken);

    /// <summary>The sessions of these users that have not ended.</summary>
    public static Task SessionsOfAsync(WxAuthDbContext db, Guid[] userIds, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"SELECT 1 FROM sessions WHERE user_id = ANY ({userIds}) AND ended_at IS NULL ORDER BY id FOR UPDATE", cancellationToken);

    private static Task<int> AdvisoryAsync(WxAuthDbContext db, string name, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))", cancellationToken);
}
