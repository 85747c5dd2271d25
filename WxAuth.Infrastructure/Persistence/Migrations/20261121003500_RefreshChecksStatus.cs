using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace WxAuth.Infrastructure.Persistence.Migrations;

/// <summary>A refresh looks at the user's status. The model is unchanged.</summary>
[DbContext(typeof(WxAuthDbContext))]
[Migration("20261121003500_RefreshChecksStatus")]
public sealed class RefreshChecksStatus : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(MigrationScript.Read("RefreshChecksStatus"));
}
