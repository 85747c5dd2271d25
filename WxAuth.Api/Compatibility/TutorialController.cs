using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using WxAuth.Api.Configuration;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Api.RateLimits;
using WxAuth.Api.Requests;
using WxAuth.Api.Users;
using WxAuth.Domain.Apps;
using WxAuth.Domain.Login;

namespace WxAuth.Api.Compatibility;

/// <summary>What these tutorials' clients send.</summary>
/// <param name="Code">The code of <c>wx.login</c>.</param>
public sealed record TutorialLoginRequest(string? Code);

/// <summary>
/// The login routes of well-known mini-program tutorials, so that their client code runs unchanged: for the first configured app, with
/// a real access token as the token and never a session_key. They are not in the OpenAPI document: new code logs in at
/// <c>/api/auth/login</c>.
/// </summary>
[ApiController]
[AllowAnonymous]
[ApiExplorerSettings(IgnoreApi = true)]
public sealed class TutorialController(
    LoginService logins, MiniPrograms miniPrograms, Settings settings, IValidator<LoginRequest> validator) : ControllerBase
{
    /// <summary><c>{message, token, openid}</c>; no code: 400 <c>{message}</c>; anything else: 500 <c>{message}</c>.</summary>
    [HttpPost("/login")]
    [MessageFormat]
    [LimitsFailedLogins(CountsLogins = true)]
    public async Task<IActionResult> Login(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TutorialLoginRequest? request, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(request?.Code)
            ? BadRequest(new { message = MessageFormatAttribute.MissingCode })
            : await LoginAsync(
                request.Code, login => new { message = "Login successful", token = login.Tokens.AccessToken, openid = login.OpenId }, cancellationToken);

    /// <summary><c>{code: 0, msg, data: {token}}</c>; failed: <c>{code: 10001, msg}</c>.</summary>
    [HttpPost("/user/wechatlogin")]
    [CodeAndMsgFormat]
    [LimitsFailedLogins(CountsLogins = true)]
    public Task<IActionResult> WeChatLogin(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TutorialLoginRequest? request, CancellationToken cancellationToken) =>
        LoginAsync(request?.Code, login => new { code = 0, msg = "success", data = new { token = login.Tokens.AccessToken } }, cancellationToken);

    /// <summary><c>{code: 0, data: {token}, message: "success"}</c>; failed: 401 <c>{code: 1, data: "", message}</c>.</summary>
    [HttpGet("/login")]
    [CodeDataMessageFormat]
    [LimitsFailedLogins(CountsLogins = true)]
    public Task<IActionResult> LoginByQuery(string? code, CancellationToken cancellationToken) =>
        LoginAsync(code, login => new { code = 0, data = new { token = login.Tokens.AccessToken }, message = "success" }, cancellationToken);

    /// <summary><c>{code: 1, userInfo, token, menuList}</c>; not bound: <c>{code: 301, openId}</c>; failed: <c>{code: 0, msg}</c>.</summary>
    [HttpGet("/mobileApi/user/checkBind")]
    [CheckBindFormat]
    [LimitsFailedLogins(CountsLogins = true)]
    public Task<IActionResult> CheckBind(string? code, CancellationToken cancellationToken) => LoginAsync(
        code,
        login => new
        {
            code = 1,
            userInfo = UserResponse.From(login.User),
            token = login.Tokens.AccessToken,
            menuList = MenuResponse.Visible(settings.Menus, login.User.Roles),
        },
        cancellationToken);

    private async Task<IActionResult> LoginAsync(string? code, Func<LoginResult.LoggedIn, object> answer, CancellationToken cancellationToken)
    {
        var validation = await validator.ValidateAsync(new LoginRequest { Code = code }, cancellationToken);
        if (!validation.IsValid)
        {
            return validation.ToResult();
        }

        if (miniPrograms.First is not { } app)
        {
            return new ProblemResult(ProblemCode.AppUnknown);
        }

        var result = await logins.LoginAsync(new LoginCommand(app, code!), HttpContext.ClientInfo(), cancellationToken);
        return result switch
        {
            LoginResult.LoggedIn login => Ok(answer(login)),
            LoginResult.Refused refused => refused.Failure.ToResult(),
            _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a login."),
        };
    }
}
