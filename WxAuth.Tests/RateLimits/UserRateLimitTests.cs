using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.RateLimits;

/// <summary>An hour's uploads and exports as they are where nothing is said.</summary>
public sealed class UserLimitsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration =>
        [new("RateLimits:AvatarsPerHourPerUser", null), new("RateLimits:ExportsPerHourPerUser", null)];
}

/// <summary>Limits of what one user costs, whatever the number of his sessions.</summary>
public sealed class UserRateLimitTests(UserLimitsApp app) : IClassFixture<UserLimitsApp>
{
    private const string Avatar = "api/users/me/avatar";
    private const string Export = "api/users/me/export";
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_uploads_ten_pictures_an_hour_and_others_are_not_concerned()
    {
        var (phone, tablet) = (await TokenAsync("painter"), await TokenAsync("painter"));
        for (var i = 0; i < 10; i++)
        {
            using var taken = await UploadAsync(i % 2 == 0 ? phone : tablet);
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        }

        using var refused = await UploadAsync(tablet);
        using var other = await UploadAsync(await TokenAsync("another painter"));

        await AssertLimitedAsync(refused);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_refused_upload_is_not_read()
    {
        var token = await TokenAsync("sender");
        for (var i = 0; i < 10; i++)
        {
            (await UploadAsync(token)).Dispose();
        }

        // Kestrel asks for an announced body (100 Continue) when somebody begins to read it.
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        using var client = new HttpClient(handler) { BaseAddress = app.Client.BaseAddress };
        using var body = new WatchedBody();
        using var request = new HttpRequestMessage(HttpMethod.Post, Avatar) { Content = body };
        request.Headers.ExpectContinue = true;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var refused = await client.SendAsync(request, Ct);

        await AssertLimitedAsync(refused);
        Assert.False(body.WasAskedFor);
    }

    [Fact]
    public async Task A_user_exports_five_times_an_hour_and_others_are_not_concerned()
    {
        var (phone, tablet) = (await TokenAsync("reader"), await TokenAsync("reader"));
        for (var i = 0; i < 5; i++)
        {
            using var exported = await app.SendAsync(HttpMethod.Get, Export, i % 2 == 0 ? phone : tablet);
            Assert.Equal(HttpStatusCode.OK, exported.StatusCode);
        }

        using var refused = await app.SendAsync(HttpMethod.Get, Export, tablet);
        using var other = await app.SendAsync(HttpMethod.Get, Export, await TokenAsync("another reader"));

        await AssertLimitedAsync(refused);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task What_carries_no_good_token_uses_nothing_up()
    {
        var token = await TokenAsync("robbed");
        for (var i = 0; i < 20; i++)
        {
            using var forged = await app.SendAsync(HttpMethod.Get, Export, $"{token}x");
            await WxAuthApp.AssertProblemAsync(forged, 401, "token_invalid");
        }

        using var own = await app.SendAsync(HttpMethod.Get, Export, token);

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    private static async Task AssertLimitedAsync(HttpResponseMessage response)
    {
        JsonObject problem = await WxAuthApp.AssertProblemAsync(response, 429, "rate_limited");
        Assert.Equal("retry_later", (string?)problem["action"]);
        var seconds = int.Parse(Assert.Single(response.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture);
        Assert.InRange(seconds, 1, 3600);
    }

    private async Task<string> TokenAsync(string user) => (string)(await app.LoginAsync(user))["accessToken"]!;

    private async Task<HttpResponseMessage> UploadAsync(string token)
    {
        using var file = new ByteArrayContent(Png);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var form = new MultipartFormDataContent { { file, "file", "chosen" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, Avatar) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await app.Client.SendAsync(request, Ct);
    }

    /// <summary>A form of a megabyte that notes whether anybody wanted it.</summary>
    private sealed class WatchedBody : HttpContent
    {
        private readonly byte[] _form = new byte[1024 * 1024];

        public WatchedBody() => Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        public bool WasAskedFor { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            WasAskedFor = true;
            return stream.WriteAsync(_form, Ct).AsTask();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _form.Length;
            return true;
        }
    }
}
