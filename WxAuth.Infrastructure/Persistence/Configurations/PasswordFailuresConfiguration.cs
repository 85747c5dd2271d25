using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain.Accounts;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class PasswordFailuresConfiguration : IEntityTypeConfiguration<PasswordFailures>
{
    public void Configure(EntityTypeBuilder<PasswordFailures> builder)
    {
        builder.ToTable("password_failures");
        builder.HasKey(failures => failures.Key).HasName("pk_password_failures");
        builder.Property(failures => failures.Key).ValueGeneratedNever();
        builder.Ignore(failures => failures.IsEmpty);
        builder.HasIndex(failures => failures.ExpiresAt).HasDatabaseName("ix_password_failures_expires_at");
    }
}
