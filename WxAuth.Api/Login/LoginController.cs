using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Domain;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Login;
using WxAuth.Domain.Telemetry;

namespace WxAuth.Api.Login;

/// <summary>Logging in with WeChat.</summary>
[ApiController]
[Route("api/auth/login")]
[Tags("Login")]
[AllowAnonymous]
[LimitsFailedLogins(CountsLogins = true)]
public sealed class LoginController(LoginService logins, MiniPrograms miniPrograms, IValidator<LoginRequest> validator) : ControllerBase
{
    /// <summary>Logs a mini-program's user in with the code of wx.login.</summary>
    /// <remarks>
    /// Without a phone, get a code from `GET /simulator/wx/login?user=alice` (Development). Press Authorize afterwards and paste the `accessToken`.
    /// Send an `Idempotency-Key` to be able to repeat a login whose answer was lost: the retry, within five minutes and with the same code
    /// and key, gets the session that the first try made.
    /// </remarks>
    /// <response code="200">The session's tokens and the user.</response>
    [HttpPost]
    [AnswersProblems(
        ProblemCode.ValidationFailed, ProblemCode.MalformedRequest, ProblemCode.AppUnknown, ProblemCode.CodeInvalid, ProblemCode.CodeUsed,
        ProblemCode.UserBlockedByWechat, ProblemCode.UserDisabled, ProblemCode.BindingRequired, ProblemCode.RateLimited,
        ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge,
        ProblemCode.WechatRejectedApp, ProblemCode.WechatBadResponse, ProblemCode.WechatUnavailable, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Login(
        LoginRequest request, [FromHeader(Name = IdempotencyKey.Header)] string? idempotencyKey, CancellationToken cancellationToken)
    {
        _ = idempotencyKey; // documents the header; an empty one arrives here as none
        var validation = await validator.ValidateAsync(request, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        if (!IdempotencyKey.TryRead(Request, out var key))
        {
            return new ProblemResult(Problems.Problem.Invalid(IdempotencyKey.Header, ValidationTexts.VisibleAscii));
        }

        if (miniPrograms.Find(request.AppId) is not { } app)
        {
            WxAuthTelemetry.CountLogin("unknown", WireName.Of(FailureCode.AppUnknown));
            return new ProblemResult(ProblemCode.AppUnknown);
        }

        var result = await logins.LoginAsync(
            new LoginCommand(app, request.Code!, request.PhoneCode, key), HttpContext.ClientInfo(), cancellationToken);
        return result switch
        {
            LoginResult.LoggedIn login => Ok(LoginResponse.From(login)),
            LoginResult.Refused refused => refused.Failure.ToResult(),
            _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a login."),
        };
    }
}
