using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests;

/// <summary>HTTP/1.1 as bytes on a socket, for what no client library would send.</summary>
internal static class RawHttp
{
    /// <summary>Sends one request and reads the answer to its end.</summary>
    /// <param name="server">Its scheme, host and port.</param>
    /// <param name="head">Request line and headers, one a line; Host and Connection are added.</param>
    /// <param name="body">Sent behind the head, with its Content-Length.</param>
    public static async Task<RawAnswer> SendAsync(Uri server, string head, byte[]? body = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var stream = client.GetStream();
        var length = body is null ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        var lines = head.ReplaceLineEndings("\r\n").TrimEnd();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{lines}\r\nHost: {server.Authority}\r\nConnection: close\r\n{length}\r\n"), cancellationToken);
        await stream.WriteAsync(body ?? [], cancellationToken);

        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancellationToken);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return new RawAnswer(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text[..end], text[(end + 4)..]);
    }
}

/// <summary>An answer as text.</summary>
internal sealed record RawAnswer(int Status, string Head, string Body)
{
    /// <summary>The body of a problem; it has a length, so it is not chunked.</summary>
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();
}
