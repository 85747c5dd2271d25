namespace WxAuth.Domain.Audit;

/// <summary>Something that an administrator may have to answer for later. Holds no secret and no full phone number.</summary>
public sealed class AuditEvent
{
    /// <summary>UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What happened: one of <see cref="AuditTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>One of <see cref="AuditOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Whom it concerns.</summary>
    public Guid? UserId { get; init; }

    /// <summary>In which mini-program.</summary>
    public string? AppId { get; init; }

    /// <summary>In which session.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>From where; cleared when the user's data are erased.</summary>
    public System.Net.IPAddress? Ip { get; init; }

    /// <summary>A JSON object with what the type calls for, such as <c>reason</c>.</summary>
    public required string Detail { get; init; }
}

/// <summary>What is audited.</summary>
public static class AuditTypes
{
    public const string Login = "login";
    public const string LoginRefused = "login_refused";
    public const string RefreshReused = "refresh_reused";
    public const string Logout = "logout";
    public const string SessionEnded = "session_ended";
    public const string Bound = "bound";
    public const string BindRefused = "bind_refused";
    public const string Unbound = "unbound";
    public const string PhoneChanged = "phone_changed";
    public const string ProfileChanged = "profile_changed";
    public const string RolesChanged = "roles_changed";
    public const string UserDisabled = "user_disabled";
    public const string UserEnabled = "user_enabled";
    public const string UserErased = "user_erased";
    public const string UserMerged = "user_merged";
    public const string UnionIdConflict = "unionid_conflict";
    public const string AccountCreated = "account_created";
    public const string PushReceived = "push_received";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        Login, LoginRefused, RefreshReused, Logout, SessionEnded, Bound, BindRefused, Unbound, PhoneChanged, ProfileChanged,
        RolesChanged, UserDisabled, UserEnabled, UserErased, UserMerged, UnionIdConflict, AccountCreated, PushReceived,
    ];
}

/// <summary>How an audited event ended.</summary>
public static class AuditOutcomes
{
    public const string Success = "success";
    public const string Refused = "refused";
}
