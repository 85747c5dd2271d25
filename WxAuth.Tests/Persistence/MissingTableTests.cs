using System.Net.Http.Json;

namespace WxAuth.Tests.Persistence;

/// <summary>A table that is not there: once the process is ready that is a bug, and not a database that will come back.</summary>
public sealed class MissingTableTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_meets_it_is_an_internal_error_and_logged_with_its_stack()
    {
        await app.ScalarAsync<int>("ALTER TABLE avatars RENAME TO avatars_elsewhere");

        using var response = await app.Client.GetAsync($"api/avatars/{Guid.CreateVersion7()}", Ct);

        await app.ScalarAsync<int>("ALTER TABLE avatars_elsewhere RENAME TO avatars");
        await WxAuthApp.AssertProblemAsync(response, 500, "internal_error");
        var line = Assert.Single(app.Logs.Lines, line => line.Contains("[1000]", StringComparison.Ordinal));
        Assert.Contains("42P01", line, StringComparison.Ordinal);
        Assert.Contains("   at WxAuth.", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("push_messages", 10, "[3603]")]
    [InlineData("signing_keys", 5, "[3205]")]
    [InlineData("sessions", 5, "[3501]")]
    public async Task A_background_job_that_meets_it_says_so_with_its_stack_and_goes_on(string table, int minutes, string eventId)
    {
        bool IsSaid() => app.Logs.Lines.Any(line => line.StartsWith("Error", StringComparison.Ordinal)
            && new[] { eventId, "42P01", "   at " }.All(part => line.Contains(part, StringComparison.Ordinal)));
        await app.ScalarAsync<int>($"ALTER TABLE {table} RENAME TO {table}_elsewhere");
        app.Time.Advance(TimeSpan.FromMinutes(minutes));

        await Eventually.TrueAsync(IsSaid, Soon, $"event {eventId}");

        await app.ScalarAsync<int>($"ALTER TABLE {table}_elsewhere RENAME TO {table}");
        Assert.False(app.Nodes[0].Lifetime.ApplicationStopping.IsCancellationRequested);
        await app.LoginAsync($"after {table}");
    }
}

/// <summary>Before the schema is there.</summary>
public sealed class MissingSchemaTests(MissingSchemaTests.EmptyDatabase app) : IClassFixture<MissingSchemaTests.EmptyDatabase>
{
    [Fact]
    public async Task Until_the_migrations_are_applied_a_request_is_told_that_the_database_is_away()
    {
        using var login = await app.Client.PostAsJsonAsync("api/auth/login", new { code = "any" }, TestContext.Current.CancellationToken);
        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", "a.b.c");

        await WxAuthApp.AssertProblemAsync(login, 503, "database_unavailable");
        await WxAuthApp.AssertProblemAsync(me, 503, "database_unavailable");
    }

    public sealed class EmptyDatabase(TestCluster cluster) : WxAuthApp(cluster)
    {
        protected override Task<string> CreateDatabaseAsync(TestCluster server) => server.CreateEmptyDatabaseAsync();
    }
}
