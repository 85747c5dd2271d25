using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Sessions;

/// <summary>A refresh token to be exchanged.</summary>
public sealed record RefreshRequest
{
    /// <summary>The one that came with the last login or refresh.</summary>
    public string? RefreshToken { get; init; }
}

internal sealed class RefreshRequestValidator : AbstractValidator<RefreshRequest>
{
    public RefreshRequestValidator() => RuleFor(request => request.RefreshToken).Cascade(CascadeMode.Stop).Required().NoNul();
}

/// <summary>Keeping a session alive.</summary>
[ApiController]
[Route("api/auth/refresh")]
[Tags("Login")]
[AllowAnonymous]
[LimitsFailedLogins]
public sealed class RefreshController(SessionService sessions, IValidator<RefreshRequest> validator) : ControllerBase
{
    /// <summary>Exchanges a refresh token for new tokens.</summary>
    /// <remarks>
    /// A refresh token is good for one refresh. A retry inside the grace period (60 s) gets the same successor; an older token ends the session.
    /// </remarks>
    /// <response code="200">The session's new tokens.</response>
    [HttpPost]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.RefreshTokenInvalid, ProblemCode.RefreshTokenExpired,
        ProblemCode.RefreshTokenReused, ProblemCode.SessionRevoked, ProblemCode.RateLimited, ProblemCode.UnsupportedMediaType,
        ProblemCode.PayloadTooLarge, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<TokenResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Refresh(RefreshRequest request, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var result = await sessions.RefreshAsync(request.RefreshToken!, HttpContext.ClientIp(), cancellationToken);
        return result switch
        {
            RefreshResult.Refreshed refreshed => Ok(TokenResponse.From(refreshed.Tokens)),
            RefreshResult.Refused refused => refused.Failure.ToResult(),
            _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a refresh."),
        };
    }
}
