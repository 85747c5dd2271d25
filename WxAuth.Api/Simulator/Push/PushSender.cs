using System.Text;

namespace WxAuth.Api.Simulator.Push;

/// <summary>Delivers pushes as WeChat does: five seconds for an answer, three tries.</summary>
internal sealed class PushSender(IHttpClientFactory clients, TimeProvider time, ILogger<PushSender> logger)
{
    private const int MostTries = 3;
    private const int LongestBody = 4096;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    public async Task<PushResponse> SendAsync(PushPlan plan, CancellationToken cancellationToken)
    {
        // The same message in every try and every delivery: WeChat's receivers know a repetition by its CreateTime.
        var createdAt = plan.TimeOf(time.GetUtcNow()) - plan.Age;
        var message = plan.Message(createdAt);
        var deliveries = new List<PushDelivery>(plan.Times);
        for (var i = 0; i < plan.Times; i++)
        {
            var delivery = await DeliverAsync(plan, message, cancellationToken);
            SimulatorLog.Pushed(logger, plan.Event, plan.App.AppId, delivery.Status, delivery.Tries);
            deliveries.Add(delivery);
        }

        var last = deliveries[^1];
        return new PushResponse(last.Status, last.Body, last.Tries, deliveries);
    }

    private async Task<PushDelivery> DeliverAsync(PushPlan plan, string message, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            using var request = plan.Request(message, plan.TimeOf(time.GetUtcNow()));
            if (await TryAsync(request, cancellationToken) is var (status, body))
            {
                return new PushDelivery(status, body, tries);
            }

            if (tries == MostTries)
            {
                return new PushDelivery(null, null, tries);
            }
        }
    }

    /// <returns><c>null</c>: no answer within the time limit.</returns>
    private async Task<(int Status, string Body)?> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var client = clients.CreateClient(WeChatSimulatorExtensions.PushClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return ((int)response.StatusCode, await ReadStartAsync(response.Content, either.Token));
        }
        catch (HttpRequestException)
        {
            // Refused or broken: as WeChat, count it as no answer.
            return null;
        }
        catch (IOException)
        {
            // Broken in the middle of the answer.
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<string> ReadStartAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestBody];
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
