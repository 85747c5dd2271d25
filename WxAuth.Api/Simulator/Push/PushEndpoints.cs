namespace WxAuth.Api.Simulator.Push;

/// <summary>Lets WeChat push a message to a back end on this machine.</summary>
internal static class PushEndpoints
{
    public static void Map(RouteGroupBuilder simulator) => simulator.MapPost("/push", SendAsync).ExcludeFromDescription();

    private static async Task<IResult> SendAsync(HttpRequest request, SimulatedApps apps, PushSender sender)
    {
        var cancellationToken = request.HttpContext.RequestAborted;
        var (wanted, malformed) = await SimulatorJson.ReadAsync<PushRequest>(request, cancellationToken);
        if (wanted is null)
        {
            return SimulatorAnswers.Problem(malformed!);
        }

        var (plan, problem) = PushPlan.From(wanted, apps, request);
        return plan is null
            ? SimulatorAnswers.Problem(problem!)
            : SimulatorAnswers.Json(await sender.SendAsync(plan, cancellationToken));
    }
}
