using System.Text.Json;

namespace WxAuth.Bench.Floor;

/// <summary>jscode2session over a pooled handler, without <see cref="HttpClient"/> around it.</summary>
internal sealed class WeChatClient(string baseUrl) : IDisposable
{
    public const string AppId = "wx0123456789abcdef";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });

    /// <returns>The openid, or null if WeChat refuses the code.</returns>
    public async Task<string?> ExchangeCodeAsync(string code, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{baseUrl}/sns/jscode2session?appid={AppId}&secret=0123456789abcdef0123456789abcdef&js_code={Uri.EscapeDataString(code)}&grant_type=authorization_code");
        using var response = await _http.SendAsync(request, cancellationToken);
        return ReadOpenId(await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    public void Dispose() => _http.Dispose();

    private static string? ReadOpenId(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("openid"u8))
            {
                reader.Read();
                return reader.GetString();
            }
        }

        return null;
    }
}
