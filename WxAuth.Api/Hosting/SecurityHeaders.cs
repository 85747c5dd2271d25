namespace WxAuth.Api.Hosting;

/// <summary>What every answer tells a browser, whoever writes it; more is said where a page or a picture is served.</summary>
internal static class SecurityHeaders
{
    /// <summary>No answer's type is to be guessed. Outside Development an answer by https carries HSTS (RFC 6797).</summary>
    public static void UseSecurityHeaders(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            // At the last moment: a failure clears the headers that are set before.
            context.Response.OnStarting(static response => NoSniff((HttpResponse)response), context.Response);
            return next(context);
        });
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
        }
    }

    private static Task NoSniff(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        return Task.CompletedTask;
    }
}
