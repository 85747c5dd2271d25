using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace WxAuth.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class RulesInCode : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "records_login",
                table: "sessions",
                type: "boolean",
                nullable: false,
                defaultValueSql: "false");

            migrationBuilder.CreateTable(
                name: "unbound_apps",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_unbound_apps", x => new { x.user_id, x.app_id });
                    table.ForeignKey(
                        name: "fk_unbound_apps_users",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.Sql(MigrationScript.Read("RulesInCode"));
        }
    }
}
