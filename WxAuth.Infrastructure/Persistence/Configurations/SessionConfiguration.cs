using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Sessions;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    /// <summary>What the trigger on sessions names when it refuses a session of a user who is not active.</summary>
    public const string ActiveUserConstraint = "ck_sessions_active_user";

    public void Configure(EntityTypeBuilder<Session> builder)
    {
        // Refreshes update in place: room in each page keeps them off the indexes (HOT).
        builder.ToTable("sessions", table => table.HasCheckConstraint("ck_sessions_ended", "(ended_at IS NULL) = (end_reason IS NULL)"));
        builder.HasStorageParameter("fillfactor", 80);
        builder.HasKey(session => session.Id).HasName("pk_sessions");
        builder.Property(session => session.Id).ValueGeneratedNever();
        builder.Property(session => session.EndReason)
            .HasConversion(reason => WireName.Of(reason!.Value), text => EndReasons.Read(text))
            .HasColumnType("text");
        // A refresh and an end at the same moment: the one that comes second looks again.
        builder.Property(session => session.EndedAt).IsConcurrencyToken();
        builder.Property(session => session.RefreshGeneration).IsConcurrencyToken();
        builder.Property(session => session.RecordsLogin).HasDefaultValueSql("false").ValueGeneratedNever();
        builder.Property(session => session.EndedTransaction).HasColumnType("xid8");
        builder.HasOne<User>().WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Cascade)
            .HasConstraintName("fk_sessions_users");

        builder.HasIndex(session => session.UserId).HasDatabaseName("ix_sessions_user_id").HasFilter("ended_at IS NULL");
        // For the audit list, erasure and export; in an index with the live ones it would slow every login of a user with a long past.
        builder.HasIndex(session => session.UserId, "ix_sessions_user_id_ended").HasFilter("ended_at IS NOT NULL");
        builder.HasIndex(session => session.EndedAt).HasDatabaseName("ix_sessions_ended_at").HasFilter("ended_at IS NOT NULL");
        builder.HasIndex(session => session.LoginKeyHash).HasDatabaseName("ix_sessions_login_key_hash")
            .HasFilter("login_key_hash IS NOT NULL");
    }
}
