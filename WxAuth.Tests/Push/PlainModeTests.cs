using WxAuth.Tests.UserData;

namespace WxAuth.Tests.Push;

public sealed class PlainModeTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    /// <summary>A plain push proves its sender by its address alone, and whoever sees one address may write the body.</summary>
    [Fact]
    public void The_start_warns_of_an_app_that_takes_plain_pushes_and_of_no_other()
    {
        var warning = Assert.Single(app.Logs.Lines, line => line.Contains("[1010]", StringComparison.Ordinal));

        Assert.StartsWith("Warning", warning, StringComparison.Ordinal);
        Assert.Contains(SeveralApps.SecondAppId, warning, StringComparison.Ordinal);
        Assert.Contains("PushAesKey", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(SeveralApps.SecondPushToken, warning, StringComparison.Ordinal);
    }
}
