using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;
using WxAuth.Domain.Users;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Users;

/// <summary>The picture that the user chose.</summary>
[ApiController]
[Route("api/users/me/avatar")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MyAvatarController(AvatarService avatars, IOptions<JwtOptions> jwt) : ControllerBase
{
    /// <summary>Bytes of a picture: 1 MiB.</summary>
    internal const int PictureLimit = 1024 * 1024;

    // Room for the boundaries and headers of the form around it.
    private const int FormLimit = PictureLimit + (16 * 1024);

    /// <summary>Uploads the picture of chooseAvatar, as wx.uploadFile sends it.</summary>
    /// <remarks>PNG, JPEG or WebP by its bytes, at most 1 MiB, in the field `file`. It takes the place of the one before. Ten uploads an hour.</remarks>
    /// <param name="file">The picture.</param>
    /// <param name="cancellationToken">Of the request.</param>
    /// <response code="200">The user, whose `avatarUrl` is the picture's address.</response>
    [HttpPost]
    [ReadsForm]
    [EnableRateLimiting(RequestRateLimits.Avatars)]
    [RequestSizeLimit(FormLimit)]
    [RequestFormLimits(MemoryBufferThreshold = FormLimit)]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.RateLimited, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Upload(IFormFile? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return new ProblemResult(Problems.Problem.Invalid("file", ValidationTexts.Required));
        }

        if (file.Length > PictureLimit)
        {
            return new ProblemResult(ProblemCode.PayloadTooLarge);
        }

        var picture = new byte[file.Length];
        await using (var stream = file.OpenReadStream())
        {
            await stream.ReadExactlyAsync(picture, cancellationToken);
        }

        if (PictureTypes.Of(picture) is not { } contentType)
        {
            return new ProblemResult(ProblemCode.UnsupportedMediaType);
        }

        var result = await avatars.ReplaceAsync(
            User.UserId(), picture, contentType, $"{jwt.Value.Issuer}/{AvatarsController.Path}/", HttpContext.ClientIp(), cancellationToken);
        return result.ToResult();
    }
}
