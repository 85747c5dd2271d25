using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>What WeChat's client gave the user's phone, and the state of the session at WeChat.</summary>
[ApiController]
[Route("api/users/me")]
[Tags("Me")]
[AnswersProblems(
    ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.SessionKeyStale,
    ProblemCode.DatabaseUnavailable)]
public sealed class WeChatDataController(WeChatProfileService profiles, PhoneService phones, WeChatSessionService sessions) : ControllerBase
{
    /// <summary>Keeps nickname and avatar out of the data of wx.getUserInfo.</summary>
    /// <remarks>
    /// Order at the client: wx.login, `POST /api/auth/login`, then wx.getUserInfo, and no wx.login in between. The placeholder `微信用户`, which
    /// is what WeChat gives everybody today, changes nothing. What is longer than allowed, or no https address, is left out.
    /// </remarks>
    /// <response code="200">The user as it is now.</response>
    [HttpPost("profile")]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.EncryptedDataInvalid, ProblemCode.SignatureInvalid,
        ProblemCode.WatermarkMismatch, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Profile(
        WeChatProfileRequest request, [FromServices] IValidator<WeChatProfileRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var result = await profiles.ChangeAsync(
            HttpContext.Caller(), request.EncryptedData!, request.Iv!, request.RawData, request.Signature, cancellationToken);
        return result.ToResult();
    }

    /// <summary>Keeps the phone number that the phone number button gave.</summary>
    /// <remarks>
    /// Send the `code` (preferred: it needs no session_key), or `encryptedData` with `iv`. A request whose answer was lost may be repeated
    /// with the same code for five minutes.
    /// </remarks>
    /// <response code="200">The user with `phoneNumber`.</response>
    [HttpPost("phone")]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.PhoneCodeInvalid, ProblemCode.EncryptedDataInvalid,
        ProblemCode.WatermarkMismatch, ProblemCode.RateLimited, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge,
        ProblemCode.WechatRejectedApp, ProblemCode.WechatBadResponse, ProblemCode.WechatUnavailable)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Phone(
        PhoneRequest request, [FromServices] IValidator<PhoneRequest> validator, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        var caller = HttpContext.Caller();
        var result = request.Code is { } code
            ? await phones.ChangeByCodeAsync(caller, code, cancellationToken)
            : await phones.ChangeByEncryptedDataAsync(caller, request.EncryptedData!, request.Iv!, cancellationToken);
        return result.ToResult();
    }

    /// <summary>Asks WeChat whether the session_key that the server keeps is still the current one.</summary>
    /// <remarks>Where it is not, log in again before fetching encrypted data; wx.checkSession cannot tell.</remarks>
    /// <response code="200">Whether it is.</response>
    [HttpGet("wechat-session")]
    [AnswersProblems(ProblemCode.RateLimited, ProblemCode.WechatRejectedApp, ProblemCode.WechatBadResponse, ProblemCode.WechatUnavailable)]
    [ProducesResponseType<WeChatSessionResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> WeChatSession(CancellationToken cancellationToken) =>
        await sessions.IsValidAsync(HttpContext.Caller(), cancellationToken) is { } isValid
            ? Ok(new WeChatSessionResponse(isValid))
            : new ProblemResult(ProblemCode.SessionKeyStale);
}

/// <summary>The state of the session at WeChat.</summary>
/// <param name="Valid">Whether the session_key that the server keeps is still WeChat's current one.</param>
public sealed record WeChatSessionResponse(bool Valid);
