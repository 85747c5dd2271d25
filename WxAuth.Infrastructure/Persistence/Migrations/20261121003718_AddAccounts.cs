using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace WxAuth.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddAccounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "password_failures",
                columns: table => new
                {
                    key = table.Column<byte[]>(type: "bytea", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_password_failures", x => x.key);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_users_account",
                table: "users",
                sql: "user_name IS NULL OR password_hash IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_password_failures_expires_at",
                table: "password_failures",
                column: "expires_at");

            migrationBuilder.Sql(MigrationScript.Read("AddAccounts"));
        }
    }
}
