using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>The user whose access token is sent.</summary>
[ApiController]
[Route("api/users/me")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MeController(UserService users) : ControllerBase
{
    /// <summary>Shows who is logged in.</summary>
    /// <response code="200">The user.</response>
    [HttpGet]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Get(CancellationToken cancellationToken) =>
        Answer(await users.FindAsync(User.UserId(), cancellationToken));

    /// <summary>Changes nickname and avatar.</summary>
    /// <remarks>A member that is absent stays as it is; `null` clears it. PATCH and POST do the same: `wx.request` has no PATCH.</remarks>
    /// <response code="200">The user as it is now.</response>
    [HttpPatch]
    [HttpPost]
    [AnswersProblems(ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Change(
        ProfilePatchRequest request, [FromServices] IValidator<ProfilePatchRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        return validation.IsValid
            ? Answer(await users.ChangeProfileAsync(User.UserId(), request.ToChange(), HttpContext.ClientIp(), cancellationToken))
            : validation.ToResult();
    }

    // The token was good a moment ago: an erasure came between.
    private IActionResult Answer(User? user) => user is null
        ? new ProblemResult(new Problem(ProblemCode.SessionRevoked) { Reason = SessionEndReason.Erased, BearerTokenRefused = true })
        : Ok(UserResponse.From(user));
}
