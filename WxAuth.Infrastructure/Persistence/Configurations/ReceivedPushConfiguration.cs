using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class ReceivedPushConfiguration : IEntityTypeConfiguration<ReceivedPush>
{
    public void Configure(EntityTypeBuilder<ReceivedPush> builder)
    {
        builder.ToTable("push_messages");
        builder.HasKey(push => push.KeyHash).HasName("pk_push_messages");

        builder.HasIndex(push => push.ReceivedAt).HasDatabaseName("ix_push_messages_received_at");
    }
}
