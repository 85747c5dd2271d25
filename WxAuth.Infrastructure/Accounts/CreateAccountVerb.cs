using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Accounts;

/// <summary>The verb <c>create-account</c>: how the first administrator comes into the database.</summary>
public static class CreateAccountVerb
{
    /// <summary>Makes an account, its values checked before.</summary>
    /// <param name="connectionString">Npgsql's format.</param>
    /// <param name="userName">3 to 64 characters.</param>
    /// <param name="password">8 to 128 code points.</param>
    /// <param name="roles">At most 20.</param>
    /// <param name="error">Where a fault is written, one line.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether it was made.</returns>
    public static async Task<bool> RunAsync(
        string connectionString, string userName, string password, IReadOnlyList<string> roles, TextWriter error, CancellationToken cancellationToken)
    {
        await using var db = new WxAuthDbContext(
            new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql(WxAuthConnectionString.WithDefaults(connectionString)).Options);
        using var hasher = new PasswordHashing(new PasswordHasher<User>());
        var accounts = new AdminService(new AdminStore(db), new UserStore(db, TimeProvider.System), hasher, TimeProvider.System, NullLogger<AdminService>.Instance);
        try
        {
            if (await accounts.CreateAccountAsync(userName, password, roles, by: null, ip: null, cancellationToken) is not null)
            {
                return true;
            }

            await error.WriteLineAsync($"--user-name: {userName} is taken; choose another.");
        }
        catch (Exception e) when (DatabaseFaults.IsUnavailableOrUnmigrated(e))
        {
            await error.WriteLineAsync(
                $"The database that ConnectionStrings:WxAuth names cannot be used ({e.GetBaseException().GetType().Name}); check it, and run migrate first.");
        }

        return false;
    }
}
