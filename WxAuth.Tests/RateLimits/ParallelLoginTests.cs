using System.Net;
using System.Text.Json.Nodes;
using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.RateLimits;

/// <summary>The default limit of failed logins, with accounts and a counted hasher.</summary>
public sealed class GuessedApp(TestCluster cluster) : AccountsApp(cluster)
{
    public const int Failures = 60;

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
    [
        .. base.Configuration.Where(setting => setting.Key != "RateLimits:FailedLoginsPerMinutePerIp"),
        new("RateLimits:FailedLoginsPerMinutePerIp", $"{Failures}"),
    ];
}

/// <summary>Many attempts of one address at the same time.</summary>
public sealed class ParallelLoginTests(GuessedApp app) : IClassFixture<GuessedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("guessed", "192.0.2.10")]
    [InlineData(null, "192.0.2.11")]
    public async Task Of_many_guesses_at_once_exactly_the_limit_is_evaluated(string? userName, string address)
    {
        await app.CreateAccountAsync($"{address}.exists");
        var before = app.Hasher.Calls;

        var codes = await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            using var response = await app.SendPasswordAsync(userName ?? $"nobody.{i}", $"guess number {i}", address);
            return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!["code"]!;
        }));

        Assert.Equal(GuessedApp.Failures, app.Hasher.Calls - before);
        Assert.Equal(400 - GuessedApp.Failures, codes.Count(code => code == "rate_limited"));
    }

    [Fact]
    public async Task More_right_logins_at_once_than_may_fail_all_get_in()
    {
        await app.CreateAccountAsync("crowd");

        var responses = await Task.WhenAll(
            Enumerable.Range(0, GuessedApp.Failures * 3).Select(_ => app.SendPasswordAsync("crowd", AccountsApp.Password, "192.0.2.12")));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public async Task Beside_a_flood_a_right_password_from_another_address_is_soon_let_in()
    {
        await app.CreateAccountAsync("beside");
        var before = app.Hasher.Calls;
        var flood = Enumerable.Range(0, 400).Select(i => app.SendPasswordAsync($"nobody.{i}", "guess", "192.0.2.13")).ToArray();

        using var right = await app.SendPasswordAsync("beside", AccountsApp.Password, "192.0.2.14");

        await AccountsApp.AssertStatusAsync(right, 200);
        await Task.WhenAll(flood);
        Assert.Equal(GuessedApp.Failures + 1, app.Hasher.Calls - before);
    }
}
