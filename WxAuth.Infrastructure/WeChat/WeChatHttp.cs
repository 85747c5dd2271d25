using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using WxAuth.Domain.Telemetry;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>One try of one call: sends it once and makes an answer of what comes back, whatever its content type says.</summary>
internal sealed class WeChatHttp(HttpMessageInvoker client, IOptions<WeChatOptions> options)
{
    /// <summary>Key of the <see cref="HttpMessageHandler"/> in the container that the calls go through.</summary>
    public const string HandlerKey = "WeChat";

    /// <summary>More than any answer needs, less than what could hurt.</summary>
    public const int MaxAnswerLength = 64 * 1024;

    private const int UsualAnswerLength = 4 * 1024;

    private static readonly HttpRequestOptionsKey<bool> s_sent = new("WxAuth.Sent");

    /// <summary>Sends a GET. Values are escaped here.</summary>
    public Task<TReply> GetAsync<TReply>(
        string path, ReadOnlySpan<(string Name, string Value)> query, JsonTypeInfo<TReply> type, CancellationToken cancellationToken)
        where TReply : WeChatReply =>
        MeasureAsync(path, new HttpRequestMessage(HttpMethod.Get, AddressOf(path, query)), type, cancellationToken);

    /// <summary>Sends a POST with a JSON body.</summary>
    public Task<TReply> PostAsync<TReply>(
        string path, ReadOnlySpan<(string Name, string Value)> query, byte[] body, JsonTypeInfo<TReply> type, CancellationToken cancellationToken)
        where TReply : WeChatReply
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return MeasureAsync(path, new HttpRequestMessage(HttpMethod.Post, AddressOf(path, query)) { Content = content }, type, cancellationToken);
    }

    /// <summary>The handler of production: pooled connections, and nothing that could show or repeat a request.</summary>
    public static SocketsHttpHandler CreateHandler(WeChatOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = options.AttemptTimeout,
        // DNS changes are followed within minutes; idle connections go before WeChat's side closes them under a request.
        PooledConnectionLifetime = TimeSpan.FromMinutes(3),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        UseProxy = !(Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var address) && address.IsLoopback),
        // Our trace ids are no business of WeChat's, and the call has a span of its own here: the handler makes none.
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = RefuseToSendTwice,
    };

    // SocketsHttpHandler repeats a request by itself, body or not sent yet, when a kept connection ends before the answer. WeChat may
    // have used the code up by then, so the repetition must not happen. This is the one hook that runs whenever a request is written.
    private static Encoding? RefuseToSendTwice(string headerName, HttpRequestMessage request)
    {
        if (!headerName.Equals("Accept", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (request.Options.TryGetValue(s_sent, out _))
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection ended before the answer; a request is not sent twice.");
        }

        request.Options.Set(s_sent, true);
        return null;
    }

    private Uri AddressOf(string path, ReadOnlySpan<(string Name, string Value)> query)
    {
        var address = new StringBuilder(options.Value.BaseUrl.TrimEnd('/'), 256).Append('/').Append(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            address.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(address.ToString());
    }

    private async Task<TReply> MeasureAsync<TReply>(
        string path, HttpRequestMessage request, JsonTypeInfo<TReply> type, CancellationToken cancellationToken)
        where TReply : WeChatReply
    {
        var started = Stopwatch.GetTimestamp();
        var outcome = "no_answer";
        using var activity = WxAuthTelemetry.Activities.StartActivity(path, ActivityKind.Client);
        try
        {
            var reply = await SendAsync(request, type, cancellationToken);
            outcome = reply.ErrorCode.ToString(CultureInfo.InvariantCulture);
            return reply;
        }
        catch (WeChatException e)
        {
            outcome = e.Fault == WeChatFault.Unavailable ? "http_error" : "bad_response";
            throw;
        }
        finally
        {
            activity?.SetTag("wechat.errcode", outcome);
            WxAuthTelemetry.MeasureWeChatCall(path, outcome, Stopwatch.GetElapsedTime(started));
        }
    }

    private async Task<TReply> SendAsync<TReply>(HttpRequestMessage request, JsonTypeInfo<TReply> type, CancellationToken cancellationToken)
        where TReply : WeChatReply
    {
        using var sending = request;
        // Also what RefuseToSendTwice looks for.
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        using var response = await client.SendAsync(request, cancellationToken);
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
        {
            throw new WeChatException(WeChatFault.Unavailable, $"WeChat answered HTTP {(int)response.StatusCode}.");
        }

        var buffer = ArrayPool<byte>.Shared.Rent(UsualAnswerLength);
        var length = 0;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await using (body)
            {
                while (await body.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var read)
                {
                    length += read;
                    if (length > MaxAnswerLength)
                    {
                        throw BadResponse("is too long", response.StatusCode);
                    }

                    buffer = length < buffer.Length ? buffer : Grow(buffer);
                }
            }

            return Parse(buffer.AsSpan(0, length), type, response.StatusCode);
        }
        finally
        {
            Return(buffer, length);
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        Return(buffer, buffer.Length);
        return larger;
    }

    // The answer may hold a session_key: nobody else who rents the buffer shall find it.
    private static void Return(byte[] buffer, int length)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static TReply Parse<TReply>(ReadOnlySpan<byte> body, JsonTypeInfo<TReply> type, HttpStatusCode status)
        where TReply : WeChatReply
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        if (body.StartsWith(byteOrderMark))
        {
            body = body[byteOrderMark.Length..];
        }

        TReply? reply;
        try
        {
            reply = JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            // The exception is not kept: its text may quote the answer.
            throw BadResponse("is not the JSON that it should be", status);
        }

        return reply switch
        {
            null => throw BadResponse("is null", status),
            { ErrorCode: WeChatErrorCodes.Ok, IsComplete: false } => throw BadResponse("has neither an errcode nor what was asked for", status),
            _ => reply,
        };
    }

    private static WeChatException BadResponse(string what, HttpStatusCode status) =>
        new(WeChatFault.BadResponse, $"WeChat's answer (HTTP {(int)status}) {what}.");
}
