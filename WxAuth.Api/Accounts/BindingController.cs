using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Accounts;

namespace WxAuth.Api.Accounts;

/// <summary>The link between the mini-program's user and a platform account.</summary>
[ApiController]
[Route("api/users/me/binding")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class BindingController(AccountService accounts) : ControllerBase
{
    /// <summary>Joins the user with its platform account, and logs in anew as that.</summary>
    /// <remarks>
    /// For users that a login made, in apps that do not require binding. Their identities move to the account, which takes nickname, avatar
    /// and phone number where it has none; the rest is erased and all its sessions end. A user that has an account already is a `binding_conflict`.
    /// </remarks>
    /// <response code="200">The tokens of a new session, and the account's user.</response>
    [HttpPost]
    [LimitsFailedLogins]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.CredentialsInvalid, ProblemCode.AccountLocked,
        ProblemCode.UserDisabled, ProblemCode.BindingConflict, ProblemCode.LastAdministrator, ProblemCode.RateLimited,
        ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Join(
        PasswordRequest request, [FromServices] IValidator<PasswordRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var result = await accounts.JoinAsync(User.UserId(), User.SessionId(), request.ToCommand(), HttpContext.ClientInfo(), cancellationToken);
        return result.ToActionResult();
    }

    /// <summary>Unbinds the mini-program's user from its platform account, and ends the sessions that it began.</summary>
    /// <remarks>The account stays, and its password still logs in.</remarks>
    /// <response code="204">It is unbound.</response>
    [HttpDelete]
    [AnswersProblems(ProblemCode.NotFound)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> Unbind(CancellationToken cancellationToken) =>
        await accounts.UnbindAsync(HttpContext.Caller(), cancellationToken)
            ? NoContent()
            : new ProblemResult(ProblemCode.NotFound);
}
