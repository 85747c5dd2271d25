using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Sessions;

/// <summary>The kill switch's feed, for business services that check tokens by themselves.</summary>
[ApiController]
[Route("api/auth/ended-sessions")]
[Tags("Tokens for business services")]
[Authorize(BearerSetup.BusinessServicePolicy)]
public sealed class EndedSessionsController(
    IEndedSessionsFeed feed, IEndedSessions endedSessions, IHostApplicationLifetime lifetime, TimeProvider timeProvider) : ControllerBase
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(25);

    /// <summary>Tells which sessions have ended whose access tokens may still be alive.</summary>
    /// <remarks>
    /// Without `after`: all that still matter, at once. With the cursor of the last answer: waits for news, for 25 seconds at most, and then
    /// answers the same cursor and an empty list. Add your own clock skew to `until` before you forget a session.
    /// </remarks>
    /// <param name="after">The cursor of the last answer.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <response code="200">The news.</response>
    [HttpGet]
    [AnswersProblems(ProblemCode.ClientInvalid, ProblemCode.ValidationFailed, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<EndedSessionsResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> List(string? after, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var giveUp = Task.Delay(LongestWait, timeProvider, either.Token);
        while (true)
        {
            var news = endedSessions.NextNews;
            if (await feed.ReadAsync(after, timeProvider.GetUtcNow(), cancellationToken) is not { } page)
            {
                return new ProblemResult(Problems.Problem.Invalid("after", ValidationTexts.Cursor));
            }

            if (after is null || page.Sessions.Count > 0 || await Task.WhenAny(news, giveUp) == giveUp)
            {
                return Ok(EndedSessionsResponse.From(page));
            }
        }
    }
}

/// <summary>News of ended sessions.</summary>
/// <param name="Cursor">For <c>after</c> of the next request.</param>
/// <param name="Sessions">The oldest first.</param>
public sealed record EndedSessionsResponse(string Cursor, IReadOnlyList<EndedSessionResponse> Sessions)
{
    internal static EndedSessionsResponse From(EndedSessionsPage page) => new(
        page.Cursor,
        [.. page.Sessions.Select(session => new EndedSessionResponse(session.SessionId, session.EndedAt, session.Reason.ToWire(), session.Until))]);
}

/// <summary>An ended session.</summary>
/// <param name="Sid">The <c>sid</c> of its access tokens.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">The <c>exp</c> of its last access token.</param>
public sealed record EndedSessionResponse(Guid Sid, DateTimeOffset EndedAt, string Reason, DateTimeOffset Until);
