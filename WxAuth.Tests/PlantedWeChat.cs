using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WxAuth.Tests;

/// <summary>A WeChat over HTTP that answers what a test planted, and that may say too much: answers can quote the request.</summary>
internal sealed class PlantedWeChat : IAsyncDisposable
{
    private readonly WebApplication _server;

    private PlantedWeChat(WebApplication server) => _server = server;

    /// <summary>By code, or for calls without one by path: the status and the body of the answer; <c>{query}</c> in it stands for the request's query. No entry: the connection is cut.</summary>
    public ConcurrentDictionary<string, (int Status, string Body)> Answers { get; } = new(StringComparer.Ordinal);

    public string Address => _server.Urls.Single();

    public static async Task<PlantedWeChat> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var planted = new PlantedWeChat(builder.Build());
        planted._server.Run(planted.AnswerAsync);
        await planted._server.StartAsync(TestContext.Current.CancellationToken);
        return planted;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var key = context.Request.Query["js_code"].ToString() is { Length: > 0 } code ? code : context.Request.Path.ToString();
        if (!Answers.TryGetValue(key, out var answer))
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(answer.Body.Replace("{query}", context.Request.QueryString.Value, StringComparison.Ordinal));
    }
}
