using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Login;
using WxAuth.Api.Problems;
using WxAuth.Domain.Login;

namespace WxAuth.Api.Accounts;

/// <summary>The answer to a login with a password, on every route that has one.</summary>
internal static class LoginResults
{
    public static IActionResult ToActionResult(this LoginResult result) => result switch
    {
        LoginResult.LoggedIn login => new OkObjectResult(LoginResponse.From(login)),
        LoginResult.Refused refused => refused.Failure.ToResult(),
        _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a login."),
    };
}
