using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Infrastructure.Persistence.Configurations;

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> builder)
    {
        builder.ToTable("signing_keys", table => table.HasCheckConstraint("ck_signing_keys_use", "use IN ('sig', 'refresh')"));
        builder.HasKey(key => key.KeyId).HasName("pk_signing_keys");
    }
}
