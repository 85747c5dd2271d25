using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>Uploaded pictures, for everybody who knows the address.</summary>
[ApiController]
[Route(Path)]
[Tags("Avatars")]
[AllowAnonymous]
public sealed class AvatarsController(IAvatarPieces pieces) : ControllerBase
{
    /// <summary>Where the pictures are.</summary>
    internal const string Path = "api/avatars";

    /// <summary>Shows a picture. One id never shows another picture, so it may be cached for good.</summary>
    /// <response code="200">The picture.</response>
    /// <response code="304">The client has it: If-None-Match named its ETag.</response>
    [HttpGet("{id:guid}")]
    [AnswersProblems(ProblemCode.NotFound, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<FileContentResult>(StatusCodes.Status200OK, "image/png", "image/jpeg", "image/webp")]
    [ProducesResponseType(StatusCodes.Status304NotModified)]
    public async Task<IActionResult> Get(Guid id, CancellationToken cancellationToken)
    {
        if (await pieces.ReadAsync(id, offset: 0, PictureResultExecutor.PieceLength, cancellationToken) is not { } first)
        {
            return new ProblemResult(ProblemCode.NotFound);
        }

        // A picture that is also something else must not become active content.
        Response.Headers.ContentSecurityPolicy = "default-src 'none'";
        Response.Headers.ContentDisposition = "inline";
        Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return new PictureResult(id, first);
    }
}
