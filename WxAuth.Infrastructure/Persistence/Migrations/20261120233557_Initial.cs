using System;
using System.Net;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace WxAuth.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    app_id = table.Column<string>(type: "text", nullable: true),
                    session_id = table.Column<Guid>(type: "uuid", nullable: true),
                    ip = table.Column<IPAddress>(type: "inet", nullable: true),
                    detail = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_events", x => x.id);
                    table.CheckConstraint("ck_audit_events_outcome", "outcome IN ('success', 'refused')");
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    friendly_name = table.Column<string>(type: "text", nullable: false),
                    xml = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.friendly_name);
                });

            migrationBuilder.CreateTable(
                name: "signing_keys",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "text", nullable: false),
                    use = table.Column<string>(type: "text", nullable: false),
                    @sealed = table.Column<byte[]>(name: "sealed", type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    activates_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_signing_keys", x => x.key_id);
                    table.CheckConstraint("ck_signing_keys_use", "use IN ('sig', 'refresh')");
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    nickname = table.Column<string>(type: "text", nullable: true),
                    avatar_url = table.Column<string>(type: "text", nullable: true),
                    phone_number = table.Column<string>(type: "text", nullable: true),
                    user_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    roles = table.Column<string[]>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_login_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    erased_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    nickname_key = table.Column<string>(type: "text", nullable: true, computedColumnSql: "left(lower(nickname), 64)", stored: true, collation: "C"),
                    user_name_key = table.Column<string>(type: "text", nullable: true, computedColumnSql: "lower(user_name)", stored: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_users", x => x.id);
                    table.CheckConstraint("ck_users_status", "status IN ('active', 'disabled', 'erased')");
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<string>(type: "text", nullable: true),
                    open_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    refreshed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    access_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    end_reason = table.Column<string>(type: "text", nullable: true),
                    ended_transaction = table.Column<ulong>(type: "xid8", nullable: true),
                    refresh_generation = table.Column<int>(type: "integer", nullable: false),
                    refresh_seed_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    login_key_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    is_new_user = table.Column<bool>(type: "boolean", nullable: false),
                    ip = table.Column<IPAddress>(type: "inet", nullable: true),
                    user_agent = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                    table.CheckConstraint("ck_sessions_ended", "(ended_at IS NULL) = (end_reason IS NULL)");
                    table.ForeignKey(
                        name: "fk_sessions_users",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 80);

            migrationBuilder.CreateTable(
                name: "wechat_identities",
                columns: table => new
                {
                    app_id = table.Column<string>(type: "text", nullable: false),
                    open_id = table.Column<string>(type: "text", nullable: false),
                    union_id = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    session_key_sealed = table.Column<byte[]>(type: "bytea", nullable: false),
                    session_key_tag = table.Column<byte[]>(type: "bytea", nullable: false),
                    session_key_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    previous_session_key_sealed = table.Column<byte[]>(type: "bytea", nullable: true),
                    previous_session_key_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    binding_ticket_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    binding_ticket_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    login_key_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    login_key_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_wechat_identities", x => new { x.app_id, x.open_id });
                    table.ForeignKey(
                        name: "fk_wechat_identities_users",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_events_type",
                table: "audit_events",
                columns: new[] { "type", "id" },
                filter: "type <> 'login'");

            migrationBuilder.CreateIndex(
                name: "ix_audit_events_user_id",
                table: "audit_events",
                columns: new[] { "user_id", "id" },
                filter: "user_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_ended_at",
                table: "sessions",
                column: "ended_at",
                filter: "ended_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_login_key_hash",
                table: "sessions",
                column: "login_key_hash",
                filter: "login_key_hash IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_user_id",
                table: "sessions",
                column: "user_id",
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_users_administrators",
                table: "users",
                column: "id",
                filter: "'admin' = ANY (roles)");

            migrationBuilder.CreateIndex(
                name: "ix_users_nickname_key",
                table: "users",
                column: "nickname_key",
                filter: "nickname_key IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_users_phone_number",
                table: "users",
                column: "phone_number",
                filter: "phone_number IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_users_user_name_key",
                table: "users",
                column: "user_name_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_wechat_identities_login_key_hash",
                table: "wechat_identities",
                column: "login_key_hash",
                filter: "login_key_hash IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_wechat_identities_open_id",
                table: "wechat_identities",
                column: "open_id");

            migrationBuilder.CreateIndex(
                name: "ix_wechat_identities_union_id",
                table: "wechat_identities",
                column: "union_id",
                filter: "union_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_wechat_identities_user_id",
                table: "wechat_identities",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ux_wechat_identities_binding_ticket_hash",
                table: "wechat_identities",
                column: "binding_ticket_hash",
                unique: true,
                filter: "binding_ticket_hash IS NOT NULL");

            migrationBuilder.Sql(MigrationScript.Read("Initial"));
        }
    }
}
