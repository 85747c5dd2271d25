using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class PasswordFailureConfiguration : IEntityTypeConfiguration<PasswordFailure>
{
    public void Configure(EntityTypeBuilder<PasswordFailure> builder)
    {
        builder.ToTable("password_failures");
        builder.HasKey(failure => failure.Key).HasName("pk_password_failures");
        builder.HasIndex(failure => failure.ExpiresAt).HasDatabaseName("ix_password_failures_expires_at");
    }
}
