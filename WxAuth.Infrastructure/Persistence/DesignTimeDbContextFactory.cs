#if EF_DESIGN
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>For <c>dotnet ef migrations add</c> alone; see CONTRIBUTING in the README.</summary>
internal sealed class DesignTimeDbContextFactory : IDesignTimeDbContextFactory<WxAuthDbContext>
{
    public WxAuthDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<WxAuthDbContext>().UseNpgsql().Options);
}
#endif
