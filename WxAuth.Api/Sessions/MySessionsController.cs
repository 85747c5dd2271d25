using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Sessions;

/// <summary>The places where the user is logged in.</summary>
[ApiController]
[Route("api/users/me/sessions")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MySessionsController(SessionService sessions) : ControllerBase
{
    /// <summary>Lists where the user is logged in.</summary>
    /// <response code="200">The live sessions, the newest first.</response>
    [HttpGet]
    [ProducesResponseType<SessionsResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> List(CancellationToken cancellationToken)
    {
        var current = User.SessionId();
        var live = await sessions.ListAsync(User.UserId(), cancellationToken);
        return Ok(new SessionsResponse([.. live.Select(session => SessionResponse.From(session, session.Id == current))]));
    }

    /// <summary>Ends one session.</summary>
    /// <response code="204">It has ended.</response>
    [HttpDelete("{id:guid}")]
    [AnswersProblems(ProblemCode.NotFound)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> End(Guid id, CancellationToken cancellationToken) =>
        await sessions.EndAsync(User.UserId(), id, HttpContext.ClientIp(), cancellationToken)
            ? NoContent()
            : new ProblemResult(ProblemCode.NotFound);

    /// <summary>Ends all sessions but this one.</summary>
    /// <response code="204">They have ended.</response>
    [HttpDelete]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> EndOthers(CancellationToken cancellationToken)
    {
        await sessions.EndOthersAsync(User.UserId(), User.SessionId(), HttpContext.ClientIp(), cancellationToken);
        return NoContent();
    }
}
