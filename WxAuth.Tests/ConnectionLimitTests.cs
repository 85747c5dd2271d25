using System.Net.Sockets;
using System.Text;

namespace WxAuth.Tests;

/// <summary>No more than three connections.</summary>
public sealed class ThreeConnectionsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("Kestrel:Limits:MaxConcurrentConnections", "3")];
}

public sealed class ConnectionLimitTests(ThreeConnectionsApp app) : IClassFixture<ThreeConnectionsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_unanswered_and_those_within_are_served()
    {
        var connections = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 5; i++)
            {
                var connection = new TcpClient();
                connections.Add(connection);
                await connection.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, Ct);
            }

            var served = await Task.WhenAll(connections.Select(IsServedAsync));

            Assert.Equal([true, true, true, false, false], served);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<bool> IsServedAsync(TcpClient connection)
    {
        var stream = connection.GetStream();
        try
        {
            await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Ct);
            var answer = new byte[12];
            await stream.ReadExactlyAsync(answer, Ct);
            return Encoding.ASCII.GetString(answer) == "HTTP/1.1 200";
        }
        catch (IOException)
        {
            return false; // closed, or reset
        }
    }
}
