using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Domain.Accounts;

namespace WxAuth.Api.Accounts;

/// <summary>Logging in with a platform account's password.</summary>
[ApiController]
[Route("api/auth")]
[Tags("Login")]
[AllowAnonymous]
[LimitsFailedLogins]
public sealed class PasswordLoginController(AccountService accounts) : ControllerBase
{
    /// <summary>Logs in with user name and password, without a mini-program.</summary>
    /// <remarks>
    /// Five wrong passwords for one name from one address lock that pair for 15 minutes; a hundred an hour lock the name, save for addresses
    /// that logged in to it in the last 30 days.
    /// </remarks>
    /// <response code="200">The session's tokens and the user.</response>
    [HttpPost("password")]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.CredentialsInvalid, ProblemCode.AccountLocked,
        ProblemCode.UserDisabled, ProblemCode.RateLimited, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge,
        ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Login(
        PasswordRequest request, [FromServices] IValidator<PasswordRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        return validation.IsValid
            ? (await accounts.LoginAsync(request.ToCommand(), HttpContext.ClientInfo(), cancellationToken)).ToActionResult()
            : validation.ToResult();
    }

    /// <summary>Binds the mini-program's user to a platform account, and logs in.</summary>
    /// <remarks>The ticket comes with the `binding_required` of a login. A wrong password does not use it up.</remarks>
    /// <response code="200">The session's tokens and the account's user. From now on a login by code alone does.</response>
    [HttpPost("bind")]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.BindingTicketInvalid, ProblemCode.CredentialsInvalid,
        ProblemCode.AccountLocked, ProblemCode.UserDisabled, ProblemCode.BindingConflict, ProblemCode.RateLimited,
        ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Bind(
        BindRequest request, [FromServices] IValidator<BindRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        return validation.IsValid
            ? (await accounts.BindAsync(request.BindingTicket!, request.ToCommand(), HttpContext.ClientInfo(), cancellationToken)).ToActionResult()
            : validation.ToResult();
    }
}
