using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace WxAuth.Tests.UserData;

/// <summary>Pictures of more than one piece.</summary>
public sealed class LargePictureTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(32 * 1024)]
    [InlineData((32 * 1024) + 1)]
    [InlineData((64 * 1024) - 1)]
    [InlineData(1024 * 1024)]
    public async Task A_picture_comes_as_it_was_uploaded(int length)
    {
        var picture = Picture(length);
        var path = await UploadAsync(await TokenAsync($"sends {length}"), picture);

        using var response = await app.Client.GetAsync(path, Ct);

        Assert.Equal(length, response.Content.Headers.ContentLength);
        Assert.Equal(picture, await response.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_picture_that_is_replaced_while_a_slow_client_reads_it_breaks_off_and_is_never_mixed()
    {
        var token = await TokenAsync("replaces");
        var path = await UploadAsync(token, Picture(1024 * 1024));
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, Ct);
        await using var stream = client.GetStream();
        // More than the system keeps for a connection: the server stands in the middle of one of them.
        var requests = string.Concat(Enumerable.Repeat($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n", 16));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(requests), Ct);
        await stream.ReadExactlyAsync(new byte[1], Ct);

        await UploadAsync(token, Picture(100));

        var rest = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await stream.CopyToAsync(rest, Ct);
            throw new EndOfStreamException(); // a clean end says the same
        });
        Assert.InRange(rest.Length, 0, 15L * 1024 * 1024);
        Assert.Empty(app.Logs.Errors());
        using var gone = await app.Client.GetAsync(path, Ct);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private static byte[] Picture(int length)
    {
        var picture = new byte[length];
        new Random(length).NextBytes(picture);
        new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }.CopyTo(picture, 0);
        return picture;
    }

    private async Task<string> TokenAsync(string user) => (string)(await app.LoginAsync(user))["accessToken"]!;

    private async Task<string> UploadAsync(string token, byte[] picture)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/users/me/avatar");
        request.Content = new MultipartFormDataContent { { new ByteArrayContent(picture), "file", "avatar.png" } };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await app.Client.SendAsync(request, Ct);
        return new Uri((string)(await WxAuthApp.JsonAsync(response))["avatarUrl"]!).AbsolutePath;
    }
}
