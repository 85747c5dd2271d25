using System.Text.Json.Serialization;
using WxAuth.Api.Problems;
using WxAuth.Api.Tokens;
using WxAuth.Api.Users;
using WxAuth.Domain.Login;

namespace WxAuth.Api.Login;

/// <summary>A new session: its tokens and its user.</summary>
public sealed record LoginResponse : TokenResponse
{
    /// <summary>Whether this login made the user.</summary>
    public required bool IsNewUser { get; init; }

    /// <summary>The user.</summary>
    public required UserResponse User { get; init; }

    /// <summary>
    /// Present where a <c>phoneCode</c> was sent and no number kept, as the code of a problem: <c>phone_code_invalid</c> (let the user tap
    /// again), or <c>wechat_unavailable</c> and the like (send the same code to <c>POST /api/users/me/phone</c> later). The login stands.
    /// </summary>
    /// <example>phone_code_invalid</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PhoneError { get; init; }

    /// <summary>The response for a login.</summary>
    public static LoginResponse From(LoginResult.LoggedIn login) => new()
    {
        AccessToken = login.Tokens.AccessToken,
        ExpiresIn = login.Tokens.ExpiresIn,
        RefreshToken = login.Tokens.RefreshToken,
        RefreshExpiresIn = login.Tokens.RefreshExpiresIn,
        SessionId = login.Tokens.SessionId,
        IsNewUser = login.IsNewUser,
        User = UserResponse.From(login.User),
        PhoneError = PhoneErrorOf(login) is { } code ? ProblemCatalogue.Get(code).Name : null,
    };

    private static ProblemCode? PhoneErrorOf(LoginResult.LoggedIn login) => login switch
    {
        { PhoneFailure: { } failure } => FailureProblems.ToProblemCode(failure.Code),
        { PhoneFault: { } fault } => ProblemExceptionHandler.ToProblemCode(fault),
        _ => null,
    };
}
