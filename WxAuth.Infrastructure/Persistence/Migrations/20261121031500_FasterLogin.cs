using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace WxAuth.Infrastructure.Persistence.Migrations;

/// <summary>A login needs fewer statements. The model is unchanged; nodes of the version before go on with <c>record_login</c>.</summary>
[DbContext(typeof(WxAuthDbContext))]
[Migration("20261121031500_FasterLogin")]
public sealed class FasterLogin : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(MigrationScript.Read("FasterLogin"));
}
