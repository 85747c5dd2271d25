using System.Text.Json.Serialization;
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

    /// <summary>Present where a <c>phoneCode</c> was sent and refused: <c>phone_code_invalid</c>. The login stands.</summary>
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
    };
}
