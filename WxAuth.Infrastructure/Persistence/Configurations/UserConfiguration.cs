using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    /// <summary>User names are unique without case; the column is computed, so that no writer can forget it.</summary>
    public const string UserNameKey = nameof(UserNameKey);

    /// <summary>Lower-case nickname, for the administrator's search by its start.</summary>
    public const string NicknameKey = nameof(NicknameKey);

    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users", table =>
        {
            table.HasCheckConstraint("ck_users_status", "status IN ('active', 'disabled', 'erased')");
            // Unbinding relies on it: whoever has an account gets in by password.
            table.HasCheckConstraint("ck_users_account", "user_name IS NULL OR password_hash IS NOT NULL");
        });
        builder.HasKey(user => user.Id).HasName("pk_users");
        builder.Property(user => user.Id).ValueGeneratedNever();
        builder.Property(user => user.Status)
            .HasConversion(status => WireName.Of(status), text => WireName.Parse<UserStatus>(text)!.Value)
            .HasColumnType("text");
        builder.Property(user => user.UserName).UseCollation("C");
        builder.Property<string?>(UserNameKey).UseCollation("C").HasComputedColumnSql("lower(user_name)", stored: true);
        builder.Property<string?>(NicknameKey).UseCollation("C").HasComputedColumnSql("left(lower(nickname), 64)", stored: true);
        builder.Property(user => user.Roles).HasColumnType("text[]");

        builder.HasMany(user => user.UnboundApps).WithOne().HasForeignKey(unbound => unbound.UserId).OnDelete(DeleteBehavior.Cascade)
            .HasConstraintName("fk_unbound_apps_users");

        builder.HasIndex(UserNameKey).IsUnique().HasDatabaseName("ux_users_user_name_key");
        builder.HasIndex(NicknameKey).HasDatabaseName("ix_users_nickname_key").HasFilter("nickname_key IS NOT NULL");
        builder.HasIndex(user => user.PhoneNumber).HasDatabaseName("ix_users_phone_number").HasFilter("phone_number IS NOT NULL");
        builder.HasIndex(user => user.Id).HasDatabaseName("ix_users_administrators").HasFilter("'admin' = ANY (roles)");
    }
}
