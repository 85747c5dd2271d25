using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Bench.Probe;

[assembly: HostingStartup(typeof(ProbeHostingStartup))]

namespace WxAuth.Bench.Probe;

/// <summary>
/// What a business API hosted beside WxAuth costs before it does anything: one action with the bearer check, one without. The published
/// program takes them in through ASPNETCORE_HOSTINGSTARTUPASSEMBLIES, so that the product has no route for its benchmark.
/// </summary>
[ApiController]
[Route("bench")]
public sealed class ProbeController : ControllerBase
{
    [HttpGet("authorized")]
    [Authorize]
    public IActionResult Authorized() => NoContent();

    [HttpGet("anonymous")]
    [AllowAnonymous]
    public IActionResult Anonymous() => NoContent();
}

internal sealed class ProbeHostingStartup : IHostingStartup
{
    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddControllers().AddApplicationPart(typeof(ProbeController).Assembly));
}
