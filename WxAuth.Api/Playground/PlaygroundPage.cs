using WxAuth.Api.Pages;
using WxAuth.Api.Simulator;

namespace WxAuth.Api.Playground;

/// <summary>
/// Serves the playground under <c>/playground</c>: a phone in the browser that runs the client library itself, from the very file that
/// mini-programs copy. For Development alone.
/// </summary>
internal static class PlaygroundPage
{
    private const string Path = "/playground";

    // Own files and calls only, avatars among them. Forms never post by themselves, and no script may turn a string into markup.
    private const string ContentSecurityPolicy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>In Development: maps the page, what it has to know of this server, and a redirect to it from <c>/</c>.</summary>
    /// <param name="app">The application.</param>
    /// <param name="simulator">Whether this process simulates WeChat; without that the phone gets no codes, and the page says so.</param>
    public static void MapPlayground(this WebApplication app, bool simulator)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        app.MapEmbeddedPage(Path, "Playground", ContentSecurityPolicy)
            .MapGet("settings.json", (CancellationToken cancellationToken) => simulator
                ? ReadAsync(app.Services.GetRequiredService<PlaygroundAccount>(), cancellationToken)
                : Task.FromResult(new PlaygroundSettings(false, null, null, null)));
        app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], () => Results.Redirect(Path)).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<PlaygroundSettings> ReadAsync(PlaygroundAccount account, CancellationToken cancellationToken)
    {
        await account.WhenMade.WaitAsync(cancellationToken);
        return new(true, SimulatorDefaults.BindingAppId, PlaygroundAccount.UserName, PlaygroundAccount.Password);
    }

    /// <param name="Simulator">Whether there is a WeChat to play with.</param>
    /// <param name="BindingAppId">A mini-program that requires bound accounts; <c>null</c>: there is none.</param>
    /// <param name="UserName">The account to bind, and</param>
    /// <param name="Password">its password.</param>
    private sealed record PlaygroundSettings(bool Simulator, string? BindingAppId, string? UserName, string? Password);
}
