using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Sessions;

namespace WxAuth.Tests.Sessions;

/// <summary>What a later release tells its nodes may have another format than ours.</summary>
public sealed class UnreadableNewsTests(UnknownEndReasonTests.TwoNodes app) : IClassFixture<UnknownEndReasonTests.TwoNodes>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task News_that_cannot_be_read_are_an_error_once_and_make_every_node_read_the_table()
    {
        var login = await app.LoginAsync("silently ended");
        var sessionId = Guid.Parse((string)login["sessionId"]!);

        // What would have told of the end is switched off for this one transaction.
        await app.ScalarAsync<int>($"""
            ALTER TABLE sessions DISABLE TRIGGER USER;
            {UnknownEndReasonTests.EndSql(login, "logout")};
            ALTER TABLE sessions ENABLE TRIGGER USER;
            SELECT pg_notify('wxauth_session_ended', 'in the format of a later release'), pg_notify('wxauth_session_ended', '');
            """);

        await Eventually.TrueAsync(
            () => app.Nodes.All(node => node.Services.GetRequiredService<IEndedSessions>().Find(sessionId) is SessionEndReason.Logout),
            Bound,
            "every node has read the table");
        Assert.Equal(
            app.Nodes.Count,
            app.Logs.Lines.Count(
                line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("[3305]", StringComparison.Ordinal)));
    }
}
