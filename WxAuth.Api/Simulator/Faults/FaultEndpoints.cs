namespace WxAuth.Api.Simulator.Faults;

/// <summary>Makes WeChat fail on purpose.</summary>
internal static class FaultEndpoints
{
    public static void Map(RouteGroupBuilder simulator)
    {
        simulator.MapPost("/faults", AddAsync).Accepts<FaultRequest>("application/json").Produces<FaultResponse>().ProducesProblemText();
        simulator.MapGet("/faults", List).Produces<FaultListResponse>();
        simulator.MapDelete("/faults", Clear).Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Makes WeChat's server fail on purpose.</summary>
    /// <param name="request">The fault, in the body.</param>
    /// <param name="injection">Brings it about.</param>
    /// <param name="logger">For the developer's console.</param>
    internal static async Task<IResult> AddAsync(HttpRequest request, FaultInjection injection, ILogger<FaultInjection> logger)
    {
        var (wanted, malformed) = await SimulatorJson.ReadAsync<FaultRequest>(request, request.HttpContext.RequestAborted);
        if (wanted is null)
        {
            return SimulatorAnswers.Problem(malformed!);
        }

        var (added, problem) = injection.Add(wanted);
        if (added is null)
        {
            return SimulatorAnswers.Problem(problem!);
        }

        SimulatorLog.FaultAdded(logger, added.Kind, added.Call);
        return SimulatorAnswers.Json(added);
    }

    /// <summary>Lists the active faults, oldest first.</summary>
    /// <param name="board">The faults.</param>
    internal static IResult List(FaultBoard board) => SimulatorAnswers.Json(new FaultListResponse(board.List()));

    /// <summary>Clears every fault, quota and binding: WeChat keeps to its rules again.</summary>
    /// <param name="injection">Clears them.</param>
    internal static IResult Clear(FaultInjection injection)
    {
        injection.Clear();
        return TypedResults.NoContent();
    }
}
