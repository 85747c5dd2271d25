using System.Net;

namespace WxAuth.Domain.Sessions;

/// <summary>Who asks: the user and the session of an access token.</summary>
/// <param name="UserId"><c>sub</c></param>
/// <param name="SessionId"><c>sid</c></param>
/// <param name="AppId">The mini-program; <c>null</c> in a session that began with a password.</param>
/// <param name="OpenId">The user within it; <c>null</c> as for <paramref name="AppId"/>.</param>
/// <param name="Ip">From where.</param>
public sealed record Caller(Guid UserId, Guid SessionId, string? AppId, string? OpenId, IPAddress? Ip);
