using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace WxAuth.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class UserData : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "avatars",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    content_type = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false),
                    sha256 = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_avatars", x => x.id);
                    table.ForeignKey(
                        name: "fk_avatars_users",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "push_messages",
                columns: table => new
                {
                    key_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_push_messages", x => x.key_hash);
                });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_user_id_ended",
                table: "sessions",
                column: "user_id",
                filter: "ended_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_avatars_user_id",
                table: "avatars",
                column: "user_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_push_messages_received_at",
                table: "push_messages",
                column: "received_at");

            migrationBuilder.Sql(MigrationScript.Read("UserData"));
        }
    }
}
