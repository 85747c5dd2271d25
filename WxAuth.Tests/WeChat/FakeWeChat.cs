using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace WxAuth.Tests.WeChat;

/// <summary>WeChat's server at the <see cref="HttpMessageHandler"/>: answers what a test tells it to, and keeps what it was asked.</summary>
internal sealed class FakeWeChat : HttpMessageHandler
{
    public const string OpenId = "oSIMULATED000000000000000001";
    public const string SessionKey = "AAECAwQFBgcICQoLDA0ODw==";

    private readonly ConcurrentDictionary<string, Func<Asked, CancellationToken, Task<HttpResponseMessage>>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Asked> _asked = new();

    /// <summary>A good answer to an exchange.</summary>
    public static string Session => $$"""{"session_key":"{{SessionKey}}","openid":"{{OpenId}}"}""";

    public IReadOnlyList<Asked> Calls(string path) => [.. _asked.Where(asked => asked.Path == path)];

    /// <summary>Answers a call by a function.</summary>
    public void On(string path, Func<Asked, CancellationToken, Task<HttpResponseMessage>> answer) => _answers[path] = answer;

    /// <summary>Answers a call with bodies in turn, the last one from then on.</summary>
    public void On(string path, params string[] bodies)
    {
        var turn = -1;
        On(path, (_, _) => Task.FromResult(Json(bodies[Math.Min(Interlocked.Increment(ref turn), bodies.Length - 1)])));
    }

    public static HttpResponseMessage Json(string body, string contentType = "text/plain", HttpStatusCode status = HttpStatusCode.OK) =>
        Bytes(Encoding.UTF8.GetBytes(body), contentType, status);

    public static HttpResponseMessage Bytes(byte[] body, string contentType = "text/plain", HttpStatusCode status = HttpStatusCode.OK)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return new HttpResponseMessage(status) { Content = content };
    }

    /// <summary>An answer that comes when the caller has given up.</summary>
    public static async Task<HttpResponseMessage> Never(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException("Nobody gave up.");
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var asked = new Asked(request.Method.Method, request.RequestUri!.AbsolutePath.TrimStart('/'), request.RequestUri.Query, body);
        _asked.Enqueue(asked);
        return _answers.TryGetValue(asked.Path, out var answer)
            ? await answer(asked, cancellationToken)
            : throw new InvalidOperationException($"The test has no answer for {asked.Path}.");
    }
}

/// <summary>What WeChat was asked.</summary>
internal sealed record Asked(string Method, string Path, string Query, string? Body);
