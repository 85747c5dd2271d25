using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Audit;

namespace WxAuth.Api.Audit;

/// <summary>The audit log, for administrators.</summary>
[ApiController]
[Route("api/admin/audit")]
[Tags("Administration")]
[Authorize(BearerSetup.AdminPolicy)]
[AnswersProblems(
    ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.Forbidden,
    ProblemCode.DatabaseUnavailable)]
public sealed class AuditController(IAuditStore events) : ControllerBase
{
    private const char AuditList = 'a';

    /// <summary>Lists audit events, the newest first.</summary>
    /// <param name="userId">Whom they concern.</param>
    /// <param name="type">What happened, such as `login_refused`.</param>
    /// <param name="cursor">The `nextCursor` of the page before.</param>
    /// <param name="limit">1 to 200; 50 where it is left out.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">A page of events.</response>
    [HttpGet]
    [AnswersProblems(ProblemCode.ValidationFailed)]
    [ProducesResponseType<AuditResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> List(Guid? userId, string? type, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        if (type is not null && !AuditTypes.All.Contains(type, StringComparer.Ordinal))
        {
            return new ProblemResult(Problems.Problem.Invalid("type", ValidationTexts.BadFormat));
        }

        if (PageCursor.Read(AuditList, cursor, limit, out var problem) is not { } from)
        {
            return new ProblemResult(problem);
        }

        var page = await events.ListAsync(userId, type, from.After, from.Limit, cancellationToken);
        return Ok(new AuditResponse([.. page.Items.Select(AuditEventResponse.From)], PageCursor.Write(AuditList, page.Next)));
    }
}

/// <summary>A page of audit events.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="NextCursor">For <c>cursor</c> of the next request; <c>null</c>: there are no more.</param>
public sealed record AuditResponse(IReadOnlyList<AuditEventResponse> Items, string? NextCursor);

/// <summary>Something that happened.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Type">What.</param>
/// <param name="Outcome"><c>success</c> or <c>refused</c>.</param>
/// <param name="UserId">Whom it concerns, or <c>null</c>.</param>
/// <param name="AppId">In which mini-program, or <c>null</c>.</param>
/// <param name="SessionId">In which session, or <c>null</c>.</param>
/// <param name="Ip">From where, or <c>null</c>.</param>
/// <param name="Detail">What the type calls for, such as <c>reason</c>, or <c>by</c>: the administrator who did it.</param>
public sealed record AuditEventResponse(
    Guid Id, DateTimeOffset At, string Type, string Outcome, Guid? UserId, string? AppId, Guid? SessionId, string? Ip, JsonElement Detail)
{
    /// <summary>The response for an event.</summary>
    public static AuditEventResponse From(AuditEvent item) => new(
        item.Id, item.At, item.Type, item.Outcome, item.UserId, item.AppId, item.SessionId, item.Ip?.ToString(),
        JsonElement.Parse(item.Detail));
}
