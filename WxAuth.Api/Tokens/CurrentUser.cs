using System.Security.Claims;
using WxAuth.Domain.Tokens;

namespace WxAuth.Api.Tokens;

/// <summary>What an access token says of its bearer.</summary>
public static class CurrentUser
{
    /// <summary><c>sub</c></summary>
    public static Guid UserId(this ClaimsPrincipal principal) => Guid.Parse(principal.FindFirst("sub")!.Value);

    /// <summary><c>sid</c></summary>
    public static Guid SessionId(this ClaimsPrincipal principal) => Guid.Parse(principal.FindFirst("sid")!.Value);

    /// <summary><c>client_id</c> where it is a mini-program; <c>null</c> for a login with a password.</summary>
    public static string? AppId(this ClaimsPrincipal principal) =>
        principal.FindFirst("client_id")!.Value is var clientId && string.Equals(clientId, ClientIds.Platform, StringComparison.Ordinal) ? null : clientId;

    /// <summary><c>openid</c>; <c>null</c> for a login with a password.</summary>
    public static string? OpenId(this ClaimsPrincipal principal) => principal.FindFirst("openid")?.Value;

    /// <summary><c>roles</c></summary>
    public static IReadOnlyList<string> Roles(this ClaimsPrincipal principal) => [.. principal.FindAll("roles").Select(claim => claim.Value)];
}
