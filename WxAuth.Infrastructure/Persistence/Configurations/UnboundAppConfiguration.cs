using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Persistence.Configurations;

/// <summary>A table of its own: a column more in users would break what nodes of the releases before have prepared.</summary>
internal sealed class UnboundAppConfiguration : IEntityTypeConfiguration<UnboundApp>
{
    public void Configure(EntityTypeBuilder<UnboundApp> builder)
    {
        builder.ToTable("unbound_apps");
        builder.HasKey(unbound => new { unbound.UserId, unbound.AppId }).HasName("pk_unbound_apps");
    }
}
