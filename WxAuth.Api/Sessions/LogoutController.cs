using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Sessions;

/// <summary>What a client without a good access token logs out with.</summary>
public sealed record LogoutRequest
{
    /// <summary>The session's refresh token. Any value is answered alike, so that nothing can be learnt from it.</summary>
    public string? RefreshToken { get; init; }
}

/// <summary>Logging out.</summary>
[ApiController]
[Route("api/auth/logout")]
[Tags("Login")]
[AllowAnonymous]
public sealed class LogoutController(SessionService sessions) : ControllerBase
{
    /// <summary>Ends the session, of the access token or else of the refresh token in the body.</summary>
    /// <response code="204">The session has ended, if there was one.</response>
    [HttpPost]
    [AnswersProblems(
        ProblemCode.MalformedRequest, ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked,
        ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> Logout(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] LogoutRequest? request, CancellationToken cancellationToken)
    {
        if (User.Identity is { IsAuthenticated: true })
        {
            await sessions.LogoutAsync(User.UserId(), User.SessionId(), HttpContext.ClientIp(), cancellationToken);
            return NoContent();
        }

        if (request?.RefreshToken is { } refreshToken)
        {
            await sessions.LogoutAsync(refreshToken, HttpContext.ClientIp(), cancellationToken);
            return NoContent();
        }

        return new ProblemResult(BearerEvents.RefusalOf(HttpContext));
    }
}
