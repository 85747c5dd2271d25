using System.Text.Json;
using WxAuth.Domain;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>Everything that is kept about a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Identities">What leads to the user in WeChat, the oldest first.</param>
/// <param name="Sessions">Live, ended and expired ones, the oldest first.</param>
/// <param name="AuditEvents">What the audit log says of the user, the oldest first.</param>
public sealed record ExportResponse(
    ExportedUserResponse User,
    IReadOnlyList<ExportedIdentityResponse> Identities,
    IAsyncEnumerable<ExportedSessionResponse> Sessions,
    IAsyncEnumerable<ExportedAuditEventResponse> AuditEvents)
{
    /// <summary>The response for what is kept.</summary>
    internal static ExportResponse From(PersonalData data) => new(
        ExportedUserResponse.From(data.User),
        [.. data.Identities.Select(identity => new ExportedIdentityResponse(identity.AppId, identity.OpenId, identity.UnionId, identity.CreatedAt))],
        data.Sessions.Select(ExportedSessionResponse.From),
        data.AuditEvents.Select(ExportedAuditEventResponse.From));
}

/// <summary>The user.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="Nickname">As the user gave it.</param>
/// <param name="AvatarUrl">An https address, of an uploaded picture too.</param>
/// <param name="PhoneNumber">E.164.</param>
/// <param name="UserName">The platform account's name.</param>
/// <param name="Roles">What the user may do beyond the ordinary.</param>
/// <param name="CreatedAt">When the user was made.</param>
/// <param name="LastLoginAt">When the user last logged in.</param>
public sealed record ExportedUserResponse(
    Guid Id, string? Nickname, string? AvatarUrl, string? PhoneNumber, string? UserName, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt,
    DateTimeOffset? LastLoginAt)
{
    /// <summary>The response for a user.</summary>
    internal static ExportedUserResponse From(User user) => new(
        user.Id, user.Nickname, user.AvatarUrl, user.PhoneNumber, user.UserName, user.Roles, user.CreatedAt, user.LastLoginAt);
}

/// <summary>What leads to the user in WeChat.</summary>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">The user within that mini-program.</param>
/// <param name="UnionId">The user across the apps of one Open Platform account.</param>
/// <param name="CreatedAt">When WeChat first named it to us.</param>
public sealed record ExportedIdentityResponse(string AppId, string OpenId, string? UnionId, DateTimeOffset CreatedAt);

/// <summary>One place where the user is or was logged in.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="AppId">The mini-program; <c>null</c> for a login with a password.</param>
/// <param name="OpenId">The user within it.</param>
/// <param name="CreatedAt">When the login was.</param>
/// <param name="RefreshedAt">When it was last refreshed.</param>
/// <param name="ExpiresAt">When it expires or expired by itself.</param>
/// <param name="EndedAt">When it was ended.</param>
/// <param name="EndReason">Why.</param>
/// <param name="Ip">The client's address at login.</param>
/// <param name="UserAgent">The client's User-Agent at login.</param>
public sealed record ExportedSessionResponse(
    Guid Id, string? AppId, string? OpenId, DateTimeOffset CreatedAt, DateTimeOffset RefreshedAt, DateTimeOffset ExpiresAt, DateTimeOffset? EndedAt,
    string? EndReason, string? Ip, string? UserAgent)
{
    /// <summary>The response for a session.</summary>
    internal static ExportedSessionResponse From(Session session) => new(
        session.Id, session.AppId, session.OpenId, session.CreatedAt, session.RefreshedAt, session.ExpiresAt, session.EndedAt,
        session.EndReason is { } reason ? WireName.Of(reason) : null, session.Ip?.ToString(), session.UserAgent);
}

/// <summary>What the audit log says.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="At">When it happened.</param>
/// <param name="Type">What happened.</param>
/// <param name="Outcome"><c>success</c> or <c>refused</c>.</param>
/// <param name="AppId">In which mini-program.</param>
/// <param name="SessionId">In which session.</param>
/// <param name="Ip">From where.</param>
/// <param name="Detail">An object with what the type calls for.</param>
public sealed record ExportedAuditEventResponse(
    Guid Id, DateTimeOffset At, string Type, string Outcome, string? AppId, Guid? SessionId, string? Ip, JsonElement Detail)
{
    /// <summary>The response for an audit event.</summary>
    internal static ExportedAuditEventResponse From(AuditEvent item) => new(
        item.Id, item.At, item.Type, item.Outcome, item.AppId, item.SessionId, item.Ip?.ToString(), JsonSerializer.Deserialize<JsonElement>(item.Detail));
}
