using WxAuth.Api.Simulator.Phone;

namespace WxAuth.Api.Simulator;

/// <summary>The answers of the developer's calls.</summary>
internal static class SimulatorAnswers
{
    public static IResult Json<T>(T value) => TypedResults.Json(value, SimulatorJson.Developer);

    public static IResult Problem(string message) =>
        TypedResults.Json(new SimulatorProblem(message), SimulatorJson.Developer, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>Tells OpenAPI of <see cref="Problem"/>.</summary>
    public static TBuilder ProducesProblemText<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(
            new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(SimulatorProblem), ["application/json"]));
}
