using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace WxAuth.Infrastructure.Persistence.Migrations;

/// <summary>
/// Clears what erasures by a merge left behind, and makes an index of the logins that are audit events: the list of logins has to find them
/// below all that is written since.
/// </summary>
[DbContext(typeof(WxAuthDbContext))]
[Migration("20261121180000_EraseWhatMergesLeft")]
public sealed class EraseWhatMergesLeft : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(MigrationScript.Read("EraseWhatMergesLeft"));
        // Concurrently: nodes of the release before write an audit event at each login, and are not to wait for it.
        migrationBuilder.Sql(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_audit_events_logins ON audit_events (id) WHERE type = 'login'",
            suppressTransaction: true);
    }
}
