using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Faults;

/// <summary>Clients that ask and do not read.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class SlowClientTests(FaultsFixture faults)
{
    private const int Clients = 400;

    // 128 MiB: 100 KB for each client, and three times as much for the program. Their pictures would be 400.
    private const string HeapLimit = "0x8000000";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hundreds_of_clients_that_do_not_read_their_pictures_leave_room_in_a_small_heap()
    {
        await using var node = await faults.StartNodeAsync(await faults.Postgres.CreateDatabaseAsync(Ct), ("DOTNET_GCHeapHardLimit", HeapLimit));
        var path = await UploadAsync(node.Client);
        var clients = Enumerable.Range(0, Clients).Select(_ => new TcpClient { ReceiveBufferSize = 4096 }).ToArray();
        try
        {
            await Task.WhenAll(clients.Select(client => AskAsync(client, node.Address, path)));

            Assert.Equal(1024 * 1024, (await node.Client.GetByteArrayAsync(path, Ct)).Length);
            Assert.Equal(HttpStatusCode.OK, await node.StatusAsync("health/ready"));
            Assert.DoesNotContain(node.Output, line => line.Contains("OutOfMemory", StringComparison.Ordinal));
        }
        finally
        {
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }
    }

    // Eight megabytes are more than the system keeps for a connection. The first byte of the answer: the picture is at hand.
    private static async Task AskAsync(TcpClient client, Uri server, string path)
    {
        await client.ConnectAsync(server.Host, server.Port, Ct);
        var stream = client.GetStream();
        var request = $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(request, 8))), Ct);
        await stream.ReadExactlyAsync(new byte[1], Ct);
    }

    private async Task<string> UploadAsync(HttpClient client)
    {
        var code = await faults.WeChat.CodeAsync("painter", WxAuthApp.AppId);
        using var login = await client.PostAsJsonAsync("api/auth/login", new { code }, Ct);
        var token = (string)JsonNode.Parse(await login.Content.ReadAsStringAsync(Ct))!["accessToken"]!;
        var picture = new byte[1024 * 1024];
        new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }.CopyTo(picture, 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/users/me/avatar");
        request.Content = new MultipartFormDataContent { { new ByteArrayContent(picture), "file", "avatar.png" } };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.SendAsync(request, Ct);
        return new Uri((string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!["avatarUrl"]!).AbsolutePath;
    }
}
