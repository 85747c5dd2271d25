using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class WeChatIdentityConfiguration : IEntityTypeConfiguration<WeChatIdentity>
{
    public void Configure(EntityTypeBuilder<WeChatIdentity> builder)
    {
        builder.ToTable("wechat_identities");
        builder.HasKey(identity => new { identity.AppId, identity.OpenId }).HasName("pk_wechat_identities");
        // Two logins of one openid at once: the one that comes second looks again.
        builder.Property(identity => identity.UserId).IsConcurrencyToken();
        builder.Property(identity => identity.SessionKeyAt).IsConcurrencyToken();
        builder.HasOne<User>().WithMany().HasForeignKey(identity => identity.UserId).OnDelete(DeleteBehavior.Restrict)
            .HasConstraintName("fk_wechat_identities_users");

        builder.HasIndex(identity => identity.UserId).HasDatabaseName("ix_wechat_identities_user_id");
        builder.HasIndex(identity => identity.OpenId).HasDatabaseName("ix_wechat_identities_open_id");
        builder.HasIndex(identity => identity.UnionId).HasDatabaseName("ix_wechat_identities_union_id").HasFilter("union_id IS NOT NULL");
        builder.HasIndex(identity => identity.BindingTicketHash).IsUnique().HasDatabaseName("ux_wechat_identities_binding_ticket_hash")
            .HasFilter("binding_ticket_hash IS NOT NULL");
        builder.HasIndex(identity => identity.LoginKeyHash).HasDatabaseName("ix_wechat_identities_login_key_hash")
            .HasFilter("login_key_hash IS NOT NULL");
    }
}
