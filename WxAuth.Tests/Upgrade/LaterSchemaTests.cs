using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Upgrade;

/// <summary>What the release after this one will do to the database while nodes of this one still run.</summary>
public sealed class LaterSchemaTests(LaterSchemaTests.RunningNode app) : IClassFixture<LaterSchemaTests.RunningNode>
{
    [Fact]
    public async Task Columns_that_are_added_under_load_break_no_statement_of_a_running_node()
    {
        var phones = new Phones(app, app.Logs.Errors, app.Client);
        var load = phones.UseAsync(phones: 4, days: 12);
        // By then each statement has been used often enough for Npgsql to have it prepared.
        await Eventually.TrueAsync(() => load.IsCompleted || phones.Answers >= 500, TimeSpan.FromSeconds(120), "500 answers");
        Assert.False(load.IsCompleted, $"{phones.Answers} answers {load.Exception}");

        await app.ScalarAsync<int>("ALTER TABLE users ADD COLUMN something text");
        await app.ScalarAsync<int>("ALTER TABLE wechat_identities ADD COLUMN something text");
        await app.ScalarAsync<int>("ALTER TABLE sessions ADD COLUMN something text DEFAULT 'new'");
        var before = phones.Answers;

        await load;
        Assert.InRange(phones.Answers - before, 200, int.MaxValue);
    }

    /// <summary>A node of this release on the system's clock.</summary>
    public sealed class RunningNode(TestCluster cluster) : AccountsApp(cluster)
    {
        protected override bool UsesFakeTime => false;
    }
}
