using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain.Audit;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class AuditEventConfiguration : IEntityTypeConfiguration<AuditEvent>
{
    public void Configure(EntityTypeBuilder<AuditEvent> builder)
    {
        // No foreign keys: an audit event outlives what it speaks of.
        builder.ToTable("audit_events", table => table.HasCheckConstraint("ck_audit_events_outcome", "outcome IN ('success', 'refused')"));
        builder.HasKey(item => item.Id).HasName("pk_audit_events");
        builder.Property(item => item.Id).ValueGeneratedNever();
        builder.Property(item => item.Detail).HasColumnType("jsonb");

        // Ids are UUIDv7, so the primary key is the order in time too.
        builder.HasIndex(item => new { item.UserId, item.Id }).HasDatabaseName("ix_audit_events_user_id").HasFilter("user_id IS NOT NULL");
        builder.HasIndex(item => new { item.Type, item.Id }).HasDatabaseName("ix_audit_events_type").HasFilter("type <> 'login'");
        // Of the releases before: they were most of all events then, and are the oldest now.
        builder.HasIndex(item => item.Id, "ix_audit_events_logins").HasFilter("type = 'login'");
    }
}
