using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Sessions;

/// <summary>The user's live sessions.</summary>
public sealed record SessionsResponse(IReadOnlyList<SessionResponse> Sessions);

/// <summary>One place where the user is logged in.</summary>
public sealed record SessionResponse
{
    /// <summary>The session's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whether it is the one that asks.</summary>
    public required bool Current { get; init; }

    /// <summary>The mini-program; <c>null</c> for a login with a password.</summary>
    public required string? AppId { get; init; }

    /// <summary>When the login was.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last refreshed.</summary>
    public required DateTimeOffset RefreshedAt { get; init; }

    /// <summary>When it expires unless it is refreshed.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The client's address at login.</summary>
    public required string? Ip { get; init; }

    /// <summary>The client's User-Agent at login.</summary>
    public required string? UserAgent { get; init; }

    /// <summary>The response for a session.</summary>
    public static SessionResponse From(Session session, bool current) => new()
    {
        Id = session.Id,
        Current = current,
        AppId = session.AppId,
        CreatedAt = session.CreatedAt,
        RefreshedAt = session.RefreshedAt,
        ExpiresAt = session.ExpiresAt,
        Ip = session.Ip?.ToString(),
        UserAgent = session.UserAgent,
    };
}
