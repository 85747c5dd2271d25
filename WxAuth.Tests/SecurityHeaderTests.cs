using System.Net;
using WxAuth.Tests.Configuration;

namespace WxAuth.Tests;

/// <summary>What every answer carries, whoever writes it: in production, behind a proxy on this machine that ends https.</summary>
public sealed class SecurityHeaderTests(SecurityHeaderTests.ProductionApp app) : IClassFixture<SecurityHeaderTests.ProductionApp>
{
    private const string StrictTransportSecurity = "Strict-Transport-Security";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "health/live", 200)]
    [InlineData("GET", "health/ready", 200)]
    [InlineData("GET", "admin", 200)]
    [InlineData("GET", "admin/main.js", 200)]
    [InlineData("GET", "swagger/index.html", 200)]
    [InlineData("GET", "swagger", 301)]
    [InlineData("GET", "swagger/swagger-ui.css", 200)]
    [InlineData("GET", "swagger/v1/swagger.json", 200)]
    [InlineData("GET", ".well-known/jwks.json", 200)]
    [InlineData("GET", "nowhere", 404)]
    [InlineData("GET", "swagger/nowhere", 404)]
    [InlineData("GET", "api/users/me", 401)]
    [InlineData("GET", "api/auth/login", 405)]
    [InlineData("POST", "api/auth/login", 400)]
    [InlineData("OPTIONS", "api/auth/login", 405)]
    [InlineData("GET", "api/auth/ended-sessions", 401)]
    [InlineData("GET", "health/live?a=%00", 400)]
    public async Task Every_answer_forbids_to_guess_its_type(string method, string path, int status)
    {
        using var response = await SendAsync(method, path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task So_does_the_answer_to_a_request_that_failed()
    {
        await app.ScalarAsync<int>("ALTER TABLE avatars RENAME TO avatars_elsewhere");

        using var response = await SendAsync("GET", $"api/avatars/{Guid.CreateVersion7()}");

        await app.ScalarAsync<int>("ALTER TABLE avatars_elsewhere RENAME TO avatars");
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.InternalServerError, HttpStatusCode.ServiceUnavailable });
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("health/live")]
    [InlineData("admin")]
    [InlineData("swagger/index.html")]
    [InlineData("nowhere")]
    [InlineData("api/users/me")]
    public async Task A_browser_that_came_by_https_is_told_to_come_by_https_alone(string path)
    {
        using var response = await SendAsync("GET", path, scheme: "https");

        Assert.Equal("max-age=2592000", Assert.Single(response.Headers.GetValues(StrictTransportSecurity)));
    }

    [Theory]
    [InlineData("http", "login.example.com")]
    [InlineData("https", "localhost")]
    public async Task By_http_and_on_ones_own_machine_nothing_is_said_of_it(string scheme, string host)
    {
        using var response = await SendAsync("GET", "health/live", scheme, host);

        Assert.False(response.Headers.Contains(StrictTransportSecurity));
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string scheme = "http", string host = "login.example.com")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Host = host } };
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        return app.NoRedirects.SendAsync(request, Ct);
    }

    public sealed class ProductionApp(TestCluster cluster) : WxAuthApp(cluster)
    {
        private readonly CertificateFiles _files = new();

        public HttpClient NoRedirects { get; private set; } = null!;

        protected override string Environment => "Production";

        protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [
            new("DataProtection:CertificatePath", _files.PathOf("rsa.crt")),
            new("DataProtection:CertificateKeyPath", _files.PathOf("rsa.key")),
            new("ForwardedHeaders:KnownProxies:0", "127.0.0.1"),
            new("Shutdown:Delay", "00:00:00"),
            new("Swagger:Enabled", "true"),
        ];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            NoRedirects = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Client.BaseAddress };
        }

        public override async ValueTask DisposeAsync()
        {
            NoRedirects?.Dispose();
            await base.DisposeAsync();
            _files.Dispose();
        }
    }
}
