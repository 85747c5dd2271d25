using System.Text.RegularExpressions;

namespace WxAuth.Tests.Client;

/// <summary>The stories of <c>miniprogram/test</c>: <c>wxauth.js</c> itself, in Node, against the real server.</summary>
public sealed class ClientStoryTests(StormServer server) : IClassFixture<StormServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_hundred_requests_with_an_expired_token_make_one_refresh() => PlayAsync("A hundred requests with an old token make one refresh");

    [Fact]
    public Task Ten_pages_at_start_make_one_wx_login() => PlayAsync("Ten pages at start make one wx.login");

    [Fact]
    public Task A_process_killed_between_login_and_answer_gets_the_same_session_by_its_retry() =>
        PlayAsync("Killed between login and answer, the next start gets the same session");

    [Fact]
    public Task A_session_ended_elsewhere_leads_to_one_silent_login_and_the_reason() =>
        PlayAsync("A session ended elsewhere leads to one silent login and tells the reason");

    [Fact]
    public async Task All_the_other_stories_hold_too()
    {
        var output = await RunAsync("test/stories.test.js");

        // Each of them ran: a run that skips its tests ends well, too.
        var stories = await File.ReadAllTextAsync(Path.Combine(ChildProcess.MiniProgramFolder, "test", "stories.test.js"), Ct);
        var names = Regex.Matches(stories, "^test\\('(?<name>.+)', ", RegexOptions.Multiline, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["name"].Value).ToArray();
        Assert.NotEmpty(names);
        Assert.All(names, name => AssertPassed(output, name));
    }

    /// <summary>
    /// Random loss, duplication and reordering over real HTTP: no false sign-out, no login more than there were lost sessions.
    /// <c>WXAUTH_STORM_CALLS=10000</c> makes it the size that the model server gets in <see cref="ClientLibraryTests"/>; that takes minutes.
    /// </summary>
    [Fact]
    public async Task A_storm_ends_with_no_false_sign_out_and_no_login_too_many()
    {
        var calls = Environment.GetEnvironmentVariable("WXAUTH_STORM_CALLS") ?? "800";

        var output = await RunAsync("test/storm.test.js", ("WXAUTH_STORM_CALLS", calls));

        AssertPassed(output, $"{calls} calls over a bad network: no false sign-out, no login too many (seed 1)");
    }

    private async Task PlayAsync(string story) => AssertPassed(await RunAsync("test/stories.test.js", [], "--test-name-pattern", $"^{Regex.Escape(story)}$"), story);

    private Task<string> RunAsync(string file, params (string Name, string Value)[] environment) => RunAsync(file, environment, []);

    private Task<string> RunAsync(string file, (string Name, string Value)[] environment, params string[] options) => ChildProcess.RunAsync(
        ChildProcess.MiniProgramFolder,
        ["node", "--test", "--test-reporter", "tap", .. options, file],
        Ct,
        [("WXAUTH_URL", server.BaseUrl), .. environment]);

    private static void AssertPassed(string output, string name) =>
        Assert.Contains(output.Split('\n'), line => Regex.IsMatch(line.Trim(), $"^ok \\d+ - {Regex.Escape(name).Replace("#", "\\#", StringComparison.Ordinal)}$", RegexOptions.None, TimeSpan.FromSeconds(1)));
}
