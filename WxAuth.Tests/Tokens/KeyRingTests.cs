using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using WxAuth.Infrastructure.Startup;
using WxAuth.Tests.Configuration;

namespace WxAuth.Tests.Tokens;

/// <summary>Data Protection's key ring in the database, sealed with a certificate that is changed later.</summary>
public sealed class KeyRingTests(KeyRingTests.SealedApp app) : IClassFixture<KeyRingTests.SealedApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_ring_holds_no_clear_key()
    {
        var xml = await app.ScalarAsync<string>("SELECT string_agg(xml, '') FROM data_protection_keys");

        Assert.Contains("EncryptedKey", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_certificate_opens_what_the_old_one_sealed_while_that_one_is_configured_too()
    {
        var login = await app.LoginAsync("before");

        var node = await app.AddNodeAsync([.. SealedApp.Current(app.Next), .. SealedApp.Previous(app.First)]);

        using var me = await app.SendAsync(HttpMethod.Get, "api/users/me", (string?)login["accessToken"], client: node);
        using var refresh = await node.PostAsJsonAsync("api/auth/refresh", new { refreshToken = (string?)login["refreshToken"] }, Ct);
        Assert.Equal((200, 200), ((int)me.StatusCode, (int)refresh.StatusCode));
        Assert.Equal(await KeysAsync(app.Client), await KeysAsync(node));
    }

    [Fact]
    public async Task Without_the_old_certificate_the_start_says_in_one_line_what_is_missing_and_spoils_nothing()
    {
        var ring = await app.ScalarAsync<long>("SELECT count(*) FROM data_protection_keys");

        var refusal = await Assert.ThrowsAsync<KeyRingException>(() => app.AddNodeAsync([.. SealedApp.Current(app.Next)]));

        using var missing = X509CertificateLoader.LoadCertificateFromFile(app.First.PathOf("rsa.crt"));
        Assert.StartsWith("DataProtection:PreviousCertificates lacks", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(missing.Thumbprint, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(ring, await app.ScalarAsync<long>("SELECT count(*) FROM data_protection_keys"));
    }

    internal static async Task<string> KeysAsync(HttpClient node) =>
        JsonNode.Parse(await node.GetStringAsync("/.well-known/jwks.json", Ct))!["keys"]!.ToJsonString();

    public sealed class SealedApp(TestCluster cluster) : WxAuthApp(cluster)
    {
        public CertificateFiles First { get; } = new();

        public CertificateFiles Next { get; } = new();

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration => Current(First);

        public static IEnumerable<KeyValuePair<string, string?>> Current(CertificateFiles files) =>
        [
            new("DataProtection:CertificatePath", files.PathOf("rsa.crt")),
            new("DataProtection:CertificateKeyPath", files.PathOf("rsa.key")),
        ];

        public static IEnumerable<KeyValuePair<string, string?>> Previous(CertificateFiles files) =>
        [
            new("DataProtection:PreviousCertificates:0:Path", files.PathOf("rsa.crt")),
            new("DataProtection:PreviousCertificates:0:KeyPath", files.PathOf("rsa.key")),
        ];

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            First.Dispose();
            Next.Dispose();
        }
    }
}
