using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Admin;

/// <summary>Users, for administrators.</summary>
[ApiController]
[Route("api/admin/users")]
[Tags("Administration")]
[Authorize(BearerSetup.AdminPolicy)]
[AnswersProblems(
    ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.Forbidden,
    ProblemCode.DatabaseUnavailable)]
public sealed class AdminUsersController(AdminService users) : ControllerBase
{
    private const char List = 'u';
    private const int MaxQuery = 128;

    /// <summary>Lists users, the newest first.</summary>
    /// <param name="query">A user id, an openid, a phone number, or the start of a user name or nickname; at most 128 characters.</param>
    /// <param name="cursor">The `nextCursor` of the page before.</param>
    /// <param name="limit">1 to 200; 50 where it is left out.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">A page of users.</response>
    [HttpGet]
    [AnswersProblems(ProblemCode.ValidationFailed)]
    [ProducesResponseType<AdminUsersResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Search(string? query, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        if (query is not null && ValidationProblems.CountCodePoints(query) > MaxQuery)
        {
            return new ProblemResult(Problems.Problem.Invalid("query", ValidationTexts.Length(0, MaxQuery)));
        }

        if (PageCursor.Read(List, cursor, limit, out var problem) is not { } from)
        {
            return new ProblemResult(problem);
        }

        var page = await users.ListAsync(query, from.After, from.Limit, cancellationToken);
        return Ok(new AdminUsersResponse([.. page.Items.Select(AdminUserResponse.From)], PageCursor.Write(List, page.Next)));
    }

    /// <summary>Shows one user with its WeChat identities.</summary>
    /// <response code="200">The user.</response>
    [HttpGet("{id:guid}")]
    [AnswersProblems(ProblemCode.NotFound)]
    [ProducesResponseType<AdminUserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Get(Guid id, CancellationToken cancellationToken) => await ShowAsync(id, cancellationToken);

    /// <summary>Disables a user: it cannot log in, and all its sessions end at once.</summary>
    /// <response code="204">It is disabled.</response>
    [HttpPost("{id:guid}/disable")]
    [AnswersProblems(ProblemCode.NotFound, ProblemCode.LastAdministrator)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public Task<IActionResult> Disable(Guid id, CancellationToken cancellationToken) => SetStatusAsync(id, UserStatus.Disabled, cancellationToken);

    /// <summary>Enables a user again.</summary>
    /// <response code="204">It is enabled.</response>
    [HttpPost("{id:guid}/enable")]
    [AnswersProblems(ProblemCode.NotFound)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public Task<IActionResult> Enable(Guid id, CancellationToken cancellationToken) => SetStatusAsync(id, UserStatus.Active, cancellationToken);

    /// <summary>Ends all sessions of a user at once.</summary>
    /// <response code="204">They have ended.</response>
    [HttpDelete("{id:guid}/sessions")]
    [AnswersProblems(ProblemCode.NotFound)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> EndSessions(Guid id, CancellationToken cancellationToken) =>
        await users.EndSessionsAsync(id, User.UserId(), HttpContext.ClientIp(), cancellationToken)
            ? NoContent()
            : new ProblemResult(ProblemCode.NotFound);

    /// <summary>Gives a user these roles, and no others.</summary>
    /// <remarks>Tokens carry roles: where they change, all sessions of the user end, so that it bites at once.</remarks>
    /// <response code="200">The user as it is now.</response>
    [HttpPut("{id:guid}/roles")]
    [AnswersProblems(
        ProblemCode.NotFound, ProblemCode.LastAdministrator, ProblemCode.ValidationFailed, ProblemCode.MalformedRequest,
        ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<AdminUserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> SetRoles(
        Guid id, RolesRequest request, [FromServices] IValidator<RolesRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var failure = await users.SetRolesAsync(id, request.Roles!.OfType<string>(), User.UserId(), HttpContext.ClientIp(), cancellationToken);
        return failure is null ? await ShowAsync(id, cancellationToken) : failure.ToResult();
    }

    private async Task<IActionResult> SetStatusAsync(Guid id, UserStatus status, CancellationToken cancellationToken) =>
        await users.SetStatusAsync(id, status, User.UserId(), HttpContext.ClientIp(), cancellationToken) is { } failure
            ? failure.ToResult()
            : NoContent();

    private async Task<IActionResult> ShowAsync(Guid id, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user ? Ok(AdminUserResponse.From(user)) : new ProblemResult(ProblemCode.NotFound);
}
