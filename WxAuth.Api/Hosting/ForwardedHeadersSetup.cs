using Microsoft.AspNetCore.HttpOverrides;
using WxAuth.Api.Configuration;

namespace WxAuth.Api.Hosting;

/// <summary><c>X-Forwarded-*</c> count only where they come from a configured proxy; otherwise they are nobody's word.</summary>
internal static class ForwardedHeadersSetup
{
    public static void UseKnownProxies(this IApplicationBuilder app, ForwardedHeadersSettings settings)
    {
        if (settings.KnownProxies.Count == 0 && settings.KnownNetworks.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // As many hops as are known, and not one further.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.KnownProxies)
        {
            options.KnownProxies.Add(proxy);
        }

        foreach (var network in settings.KnownNetworks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }
}
