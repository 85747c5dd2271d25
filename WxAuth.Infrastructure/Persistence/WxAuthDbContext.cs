using System.Text;
using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>The schema. Pooled: it must hold no state of its own.</summary>
internal sealed class WxAuthDbContext(DbContextOptions<WxAuthDbContext> options) : DbContext(options)
{
    public DbSet<User> Users => Set<User>();

    public DbSet<WeChatIdentity> Identities => Set<WeChatIdentity>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<PasswordFailures> PasswordFailures => Set<PasswordFailures>();

    public DbSet<AuditEvent> AuditEvents => Set<AuditEvent>();

    public DbSet<Avatar> Avatars => Set<Avatar>();

    public DbSet<ReceivedPush> ReceivedPushes => Set<ReceivedPush>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(WxAuthDbContext).Assembly);

        // PostgreSQL folds unquoted names to lower case, so a query by hand would need quotes around anything else.
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(SnakeCase.Of(property.Name));
        }
    }
}

/// <summary><c>LastLoginAt</c> -&gt; <c>last_login_at</c>.</summary>
internal static class SnakeCase
{
    public static string Of(string name)
    {
        var result = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && result.Length > 0)
            {
                result.Append('_');
            }

            result.Append(char.ToLowerInvariant(letter));
        }

        return result.ToString();
    }
}
