using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class AvatarConfiguration : IEntityTypeConfiguration<Avatar>
{
    public void Configure(EntityTypeBuilder<Avatar> builder)
    {
        builder.ToTable("avatars");
        builder.HasKey(avatar => avatar.Id).HasName("pk_avatars");
        builder.Property(avatar => avatar.Id).ValueGeneratedNever();
        builder.HasOne<User>().WithMany().HasForeignKey(avatar => avatar.UserId).OnDelete(DeleteBehavior.Cascade)
            .HasConstraintName("fk_avatars_users");

        builder.HasIndex(avatar => avatar.UserId).IsUnique().HasDatabaseName("ux_avatars_user_id");
    }
}
