using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>Everything that is kept about the user, and its end.</summary>
[ApiController]
[Route("api/users/me")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MyDataController(PersonalDataService personalData) : ControllerBase
{
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
    /// <response code="200">All of it; secrets (keys, tokens, passwords) are not shown to anybody.</response>
    [HttpGet("export")]
    [ProducesResponseType<ExportResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Export(CancellationToken cancellationToken) =>
        await personalData.ExportAsync(User.UserId(), cancellationToken) is { } data
            ? Ok(ExportResponse.From(data))
            : new ProblemResult(UserResultExtensions.Erased);
}
