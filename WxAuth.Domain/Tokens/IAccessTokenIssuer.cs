namespace WxAuth.Domain.Tokens;

/// <summary>Signs access tokens (RFC 9068, ES256).</summary>
public interface IAccessTokenIssuer
{
    /// <summary>Signs one. Its <c>exp</c> is <see cref="AccessTokenSubject.ExpiresAt"/> in whole seconds, rounded down.</summary>
    /// <exception cref="SigningKeyUnavailableException">This node has no signing key yet: the database was never reached.</exception>
    string Issue(AccessTokenSubject subject, DateTimeOffset now);
}

/// <summary>Whom an access token speaks for.</summary>
/// <param name="UserId"><c>sub</c></param>
/// <param name="SessionId"><c>sid</c></param>
/// <param name="AppId"><c>client_id</c>; <c>null</c>, for a login with a password, is written as <c>platform</c>.</param>
/// <param name="OpenId"><c>openid</c>; <c>null</c> for a login with a password.</param>
/// <param name="Roles"><c>roles</c>, always an array.</param>
/// <param name="ExpiresAt"><c>exp</c></param>
public sealed record AccessTokenSubject(
    Guid UserId, Guid SessionId, string? AppId, string? OpenId, IReadOnlyList<string> Roles, DateTimeOffset ExpiresAt);

/// <summary>The <c>client_id</c> of logins without a mini-program.</summary>
public static class ClientIds
{
    public const string Platform = "platform";
}

/// <summary>No signing key has been loaded yet.</summary>
public sealed class SigningKeyUnavailableException() : Exception("No signing key has been loaded from the database yet.");
