using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>Everything that is kept about the user, and its end.</summary>
[ApiController]
[Route("api/users/me")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MyDataController(PersonalDataService personalData, IOptions<JsonOptions> json, TimeProvider timeProvider)
    : ControllerBase
{
    // While it is written it holds a snapshot of the database. In that time 2 Mbit/s carry what 200,000 logins leave behind.
    private static readonly TimeSpan ExportLimit = TimeSpan.FromMinutes(5);

    /// <summary>Erases the user's personal data and ends every session.</summary>
    /// <remarks>It cannot be undone. The same WeChat user may log in again, and is then a new user.</remarks>
    /// <response code="204">The data are gone.</response>
    [HttpDelete]
    [AnswersProblems(ProblemCode.LastAdministrator)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> Erase(CancellationToken cancellationToken) =>
        await personalData.EraseAsync(User.UserId(), cancellationToken) switch
        {
            Erasure.Erased => NoContent(),
            Erasure.ErasedBefore => new ProblemResult(UserResultExtensions.Erased),
            Erasure.LastAdministrator => new ProblemResult(ProblemCode.LastAdministrator),
            var other => throw new InvalidOperationException($"{other} is not an ending of an erasure."),
        };

    /// <summary>Shows everything that is kept about the user.</summary>
    /// <remarks>Five times an hour.</remarks>
    /// <response code="200">All of it; secrets (keys, tokens, passwords) are not shown to anybody.</response>
    [HttpGet("export")]
    [EnableRateLimiting(RequestRateLimits.Exports)]
    [AnswersProblems(ProblemCode.RateLimited)]
    [ProducesResponseType<ExportResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Export(CancellationToken cancellationToken) =>
        await personalData.ReadAsync(User.UserId(), data => WriteAsync(ExportResponse.From(data), cancellationToken), cancellationToken)
            ? new EmptyResult()
            : new ProblemResult(UserResultExtensions.Erased);

    private async Task WriteAsync(ExportResponse export, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ExportLimit, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Response.ContentType = "application/json; charset=utf-8";
        try
        {
            // Not as the result of the action, which MVC writes when the data can no longer be read.
            await JsonSerializer.SerializeAsync(Response.Body, export, json.Value.JsonSerializerOptions, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // Nobody is to take what has been sent for the whole.
            HttpContext.Abort();
        }
    }
}
