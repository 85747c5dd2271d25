using System.Text.Json.Nodes;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Audit;

/// <summary>
/// Makes audit events: the only place that says which type, outcome and detail an event has. A successful login is not among them,
/// because the row of its session is its record.
/// </summary>
public static class AuditEvents
{
    private const int ShownPhoneDigits = 4;

    /// <summary>The event that the row of a session stands for: its login.</summary>
    public static AuditEvent Login(Session session) => new()
    {
        Id = session.Id,
        At = session.CreatedAt,
        Type = AuditTypes.Login,
        Outcome = AuditOutcomes.Success,
        UserId = session.UserId,
        AppId = session.AppId,
        SessionId = session.Id,
        Ip = session.Ip,
        Detail = session.IsNewUser ? """{"newUser": true}""" : "{}",
    };

    /// <summary>A login that was refused.</summary>
    /// <param name="userId">Whose, where that is known.</param>
    /// <param name="appId">In which mini-program; <c>null</c> for a password.</param>
    /// <param name="reason">Why.</param>
    /// <param name="context">When and from where.</param>
    public static AuditEvent LoginRefused(Guid? userId, string? appId, FailureCode reason, AuditContext context) =>
        Create(AuditTypes.LoginRefused, AuditOutcomes.Refused, context, userId, appId, null, Reason(reason));

    /// <summary>A session was revoked; a logout has a type of its own.</summary>
    public static AuditEvent SessionEnded(Session session, SessionEndReason reason, AuditContext context) => Create(
        reason == SessionEndReason.Logout ? AuditTypes.Logout : AuditTypes.SessionEnded,
        AuditOutcomes.Success, context, session.UserId, session.AppId, session.Id, new() { ["reason"] = WireName.Of(reason) });

    /// <summary>A refresh token was used again after its successor had been used: somebody else has a copy.</summary>
    public static AuditEvent RefreshReused(Session session, AuditContext context) => Create(
        AuditTypes.RefreshReused, AuditOutcomes.Refused, context, session.UserId, session.AppId, session.Id,
        new() { ["reason"] = WireName.Of(SessionEndReason.RefreshTokenReused) });

    /// <summary>An identity was bound to an account, by a password or because another identity of the person was.</summary>
    public static AuditEvent Bound(User account, string appId, Guid? sessionId, LinkMeans by, AuditContext context) => Create(
        AuditTypes.Bound, AuditOutcomes.Success, context, account.Id, appId, sessionId, new() { ["by"] = WireName.Of(by) });

    /// <summary>An identity was not bound to an account.</summary>
    /// <param name="userId">The account; for a user who wanted to join one, that user, who must not learn which accounts exist.</param>
    /// <param name="appId">The mini-program, where it is known.</param>
    /// <param name="sessionId">The session that asked, where there was one.</param>
    /// <param name="reason">Why.</param>
    /// <param name="context">When and from where.</param>
    public static AuditEvent BindRefused(Guid? userId, string? appId, Guid? sessionId, FailureCode reason, AuditContext context) =>
        Create(AuditTypes.BindRefused, AuditOutcomes.Refused, context, userId, appId, sessionId, Reason(reason));

    /// <summary>An identity was taken from its account.</summary>
    public static AuditEvent Unbound(User account, string appId, Guid? sessionId, AuditContext context) =>
        Create(AuditTypes.Unbound, AuditOutcomes.Success, context, account.Id, appId, sessionId, []);

    /// <summary>The phone number changed. The audit log knows its last four digits alone.</summary>
    public static AuditEvent PhoneChanged(User user, string? appId, Guid? sessionId, AuditContext context) => Create(
        AuditTypes.PhoneChanged, AuditOutcomes.Success, context, user.Id, appId, sessionId,
        new() { ["phoneNumber"] = user.PhoneNumber is { } number ? "***" + number[^Math.Min(ShownPhoneDigits, number.Length)..] : null });

    /// <summary>The profile changed.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="nickname">Whether the nickname did.</param>
    /// <param name="avatarUrl">Whether the avatar did.</param>
    /// <param name="context">When and from where.</param>
    public static AuditEvent ProfileChanged(User user, bool nickname, bool avatarUrl, AuditContext context) => Create(
        AuditTypes.ProfileChanged, AuditOutcomes.Success, context, user.Id, null, null,
        new() { ["nickname"] = nickname, ["avatarUrl"] = avatarUrl });

    /// <summary>The user uploaded a picture.</summary>
    public static AuditEvent AvatarUploaded(User user, AuditContext context) => Create(
        AuditTypes.ProfileChanged, AuditOutcomes.Success, context, user.Id, null, null,
        new() { ["nickname"] = false, ["avatarUrl"] = true, ["uploaded"] = true });

    /// <summary>The user's roles changed.</summary>
    public static AuditEvent RolesChanged(User user, IEnumerable<string> before, AuditContext context) => Create(
        AuditTypes.RolesChanged, AuditOutcomes.Success, context, user.Id, null, null,
        new() { ["before"] = ToArray(before), ["after"] = ToArray(user.Roles) });

    /// <summary>An administrator disabled or enabled the user.</summary>
    public static AuditEvent StatusChanged(User user, AuditContext context) => Create(
        user.Status == UserStatus.Active ? AuditTypes.UserEnabled : AuditTypes.UserDisabled,
        AuditOutcomes.Success, context, user.Id, null, null, []);

    /// <summary>The personal data of a user were erased. No address is kept of it.</summary>
    public static AuditEvent UserErased(User user, ErasureCause by, AuditContext context) => Create(
        AuditTypes.UserErased, AuditOutcomes.Success, context with { Ip = null }, user.Id, null, null, new() { ["by"] = WireName.Of(by) });

    /// <summary>A user was merged into another one.</summary>
    /// <param name="user">The one that stays.</param>
    /// <param name="mergedUserId">The one that is gone.</param>
    /// <param name="appId">The mini-program where it came out.</param>
    /// <param name="sessionId">The session that is made by it, where there is one.</param>
    /// <param name="by">What showed that the two are one person.</param>
    /// <param name="context">When and from where.</param>
    public static AuditEvent UserMerged(User user, Guid mergedUserId, string? appId, Guid? sessionId, LinkMeans by, AuditContext context) => Create(
        AuditTypes.UserMerged, AuditOutcomes.Success, context, user.Id, appId, sessionId,
        new() { ["by"] = WireName.Of(by), ["mergedUserId"] = mergedUserId.ToString() });

    /// <summary>A unionid leads to two users that are both more than bare; neither was touched.</summary>
    public static AuditEvent UnionIdConflict(User user, Guid otherUserId, string appId, AuditContext context) => Create(
        AuditTypes.UnionIdConflict, AuditOutcomes.Refused, context, user.Id, appId, null, new() { ["otherUserId"] = otherUserId.ToString() });

    /// <summary>A platform account was made, by an administrator or at the command line.</summary>
    public static AuditEvent AccountCreated(User account, AuditContext context) => Create(
        AuditTypes.AccountCreated, AuditOutcomes.Success, context, account.Id, null, null,
        context.ActorId is null
            ? new() { ["roles"] = ToArray(account.Roles), ["by"] = "command_line" }
            : new() { ["roles"] = ToArray(account.Roles) });

    /// <summary>WeChat pushed a message.</summary>
    /// <param name="userId">Whom it concerned.</param>
    /// <param name="appId">The mini-program.</param>
    /// <param name="name">Its event or kind.</param>
    /// <param name="revokedScopes">What the user took back, by WeChat's numbers.</param>
    /// <param name="context">When.</param>
    public static AuditEvent PushReceived(Guid? userId, string appId, string name, IReadOnlyList<int> revokedScopes, AuditContext context)
    {
        var detail = new JsonObject { ["event"] = name };
        if (revokedScopes.Count > 0)
        {
            detail["scopes"] = new JsonArray([.. revokedScopes.Select(scope => JsonValue.Create(scope))]);
        }

        return Create(AuditTypes.PushReceived, AuditOutcomes.Success, context, userId, appId, null, detail);
    }

    private static AuditEvent Create(
        string type, string outcome, AuditContext context, Guid? userId, string? appId, Guid? sessionId, JsonObject detail)
    {
        if (context.ActorId is { } actor)
        {
            detail["by"] = actor.ToString();
        }

        return new AuditEvent
        {
            Id = Guid.CreateVersion7(context.At),
            At = context.At,
            Type = type,
            Outcome = outcome,
            UserId = userId,
            AppId = appId,
            SessionId = sessionId,
            Ip = context.Ip,
            Detail = detail.ToJsonString(),
        };
    }

    private static JsonObject Reason(FailureCode code) => new() { ["reason"] = WireName.Of(code) };

    private static JsonArray ToArray(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}

/// <summary>What shows that an identity or a user belongs to another user.</summary>
public enum LinkMeans
{
    /// <summary>The account's password.</summary>
    Password,

    /// <summary>The unionid that both share.</summary>
    Unionid,
}

/// <summary>Who or what brought an erasure about.</summary>
public enum ErasureCause
{
    /// <summary>The user himself.</summary>
    User,

    /// <summary>WeChat told that the user closed the WeChat account.</summary>
    Wechat,
}
