using System.Net.Http.Json;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;

namespace WxAuth.Tests.Tokens;

/// <summary>The end of a change of the certificate: the old one is needed no more.</summary>
public sealed class KeyRingRenewalTests(KeyRingTests.SealedApp app) : IClassFixture<KeyRingTests.SealedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Once_the_ring_has_a_newer_key_the_old_certificate_can_be_done_without()
    {
        var login = await app.LoginAsync("kept");
        await app.AddNodeAsync([.. KeyRingTests.SealedApp.Current(app.Next), .. KeyRingTests.SealedApp.Previous(app.First)]);
        var now = TimeProvider.System.GetUtcNow();
        // Data Protection does it by itself every 90 days.
        app.Nodes[^1].Services.GetRequiredService<IKeyManager>().CreateNewKey(now, now.AddDays(90));
        await app.AddNodeAsync([.. KeyRingTests.SealedApp.Current(app.Next), .. KeyRingTests.SealedApp.Previous(app.First)]);

        var node = await app.AddNodeAsync([.. KeyRingTests.SealedApp.Current(app.Next)]);

        using var refresh = await node.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string?)login["refreshToken"] }, Ct);
        Assert.Equal(200, (int)refresh.StatusCode);
        Assert.Equal(await KeyRingTests.KeysAsync(app.Client), await KeyRingTests.KeysAsync(node));
    }
}
