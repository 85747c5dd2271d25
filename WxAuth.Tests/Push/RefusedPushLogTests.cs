using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Push;

/// <summary>Whoever knows the address can send pushes: what is refused must not fill the log.</summary>
public sealed class RefusedPushLogTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Badly_signed_pushes_are_one_line_a_second_and_app_with_the_count_of_what_was_left_out()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => RefusedAsync(WxAuthApp.AppId, i)));
        var first = Lines(WxAuthApp.AppId);
        await RefusedAsync(SeveralApps.SecondAppId, 0);
        app.Time.Advance(TimeSpan.FromMilliseconds(999));
        await RefusedAsync(WxAuthApp.AppId, 50);
        var within = Lines(WxAuthApp.AppId);
        app.Time.Advance(TimeSpan.FromMilliseconds(1));
        await RefusedAsync(WxAuthApp.AppId, 51);
        await RefusedAsync(WxAuthApp.AppId, 52);
        var after = Lines(WxAuthApp.AppId);

        Assert.Single(first);
        Assert.Contains("Unlogged=0", first[0], StringComparison.Ordinal);
        Assert.Single(within);
        Assert.Equal(2, after.Count);
        Assert.Contains("Unlogged=50", after[1], StringComparison.Ordinal);
        Assert.Single(Lines(SeveralApps.SecondAppId));
    }

    private List<string> Lines(string appId) =>
        [.. app.Logs.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)
            && line.Contains("[2210]", StringComparison.Ordinal) && line.Contains(appId, StringComparison.Ordinal))];

    private async Task RefusedAsync(string appId, int nonce)
    {
        using var response = await app.Client.PostAsync(
            $"api/wechat/{appId}/push?signature=0&msg_signature=0&timestamp={app.Time.GetUtcNow().ToUnixTimeSeconds()}&nonce={nonce}",
            new StringContent("""{"Encrypt":"AAAA"}"""),
            Ct);
        await WxAuthApp.AssertProblemAsync(response, 400, "signature_invalid");
    }
}
