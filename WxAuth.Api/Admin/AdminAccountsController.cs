using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Admin;

namespace WxAuth.Api.Admin;

/// <summary>Platform accounts, for administrators.</summary>
[ApiController]
[Route("api/admin/accounts")]
[Tags("Administration")]
[Authorize(BearerSetup.AdminPolicy)]
[AnswersProblems(
    ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.Forbidden,
    ProblemCode.DatabaseUnavailable)]
public sealed class AdminAccountsController(AdminService users, IValidator<AccountRequest> validator) : ControllerBase
{
    /// <summary>Makes a platform account.</summary>
    /// <response code="201">The new user; `Location` leads to it.</response>
    [HttpPost]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.UserNameTaken, ProblemCode.UnsupportedMediaType,
        ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<AdminUserResponse>(StatusCodes.Status201Created)]
    public async Task<IActionResult> Create(AccountRequest request, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var id = await users.CreateAccountAsync(
            request.UserName!, request.Password!, request.Roles!.OfType<string>(), User.UserId(), HttpContext.ClientIp(), cancellationToken);
        return id is { } made && await users.FindAsync(made, cancellationToken) is { } user
            ? Created($"/api/admin/users/{made}", AdminUserResponse.From(user))
            : new ProblemResult(ProblemCode.UserNameTaken);
    }
}
