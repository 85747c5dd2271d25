namespace WxAuth.Api.Hosting;

/// <summary>
/// From the request to stop on, every answer asks for its connection to be closed (RFC 9112, 9.6; over HTTP/2 Kestrel sends GOAWAY): a
/// load balancer that keeps connections then has none left to send a request on at the moment when they end.
/// </summary>
internal static class ConnectionDrain
{
    public static void UseConnectionDrain(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use((context, next) =>
        {
            if (stopping.IsCancellationRequested)
            {
                // At the last moment: a failure clears the headers that are set before.
                context.Response.OnStarting(static response => Close((HttpResponse)response), context.Response);
            }

            return next(context);
        });
    }

    private static Task Close(HttpResponse response)
    {
        response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
