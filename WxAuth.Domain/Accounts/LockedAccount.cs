using WxAuth.Domain.Audit;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Accounts;

/// <summary>
/// What an attempt with a password is about: the failures before it, and, where its password is right, the account. All of it is held
/// against every other change until the attempt has been kept; what the attempt changes in it, and what it adds to it, is kept in one transaction.
/// </summary>
public sealed class LockedAccount
{
    /// <summary>What was wrong of this name from this client.</summary>
    public required PasswordFailures PairFailures { get; init; }

    /// <summary>What was wrong of this name from anywhere.</summary>
    public required PasswordFailures NameFailures { get; init; }

    /// <summary>
    /// Whether a session of the account began at the client's address within <see cref="PasswordLockout.KnownAddressMemory"/>. Looked at
    /// only where <see cref="PasswordLockout.DependsOnAddress"/>.
    /// </summary>
    public bool IsKnownAddress { get; init; }

    /// <summary>The account; <c>null</c> where the password is wrong, or the account has been erased since it was compared.</summary>
    public User? User { get; init; }

    /// <summary>The account's sessions; those that have expired may be missing.</summary>
    public IReadOnlyList<Session> Sessions { get; init; } = [];

    /// <summary>The mini-programs that have an identity of the account. Looked at only where one is to be added.</summary>
    public IReadOnlyList<string> AppIds { get; init; } = [];

    /// <summary>The new session; <c>null</c> where there is to be none.</summary>
    public Session? Session { get; set; }

    /// <summary>What is to be audited beside the login itself, whose record is its session.</summary>
    public ICollection<AuditEvent> Events { get; } = [];

    /// <summary>Counts the attempt, and says whether its answer counts; see <see cref="PasswordLockout"/>.</summary>
    /// <returns><c>null</c>: the password is right.</returns>
    public Failure? Judge(bool isRight, DateTimeOffset now) =>
        PasswordLockout.Decide(PairFailures, NameFailures, isRight, IsKnownAddress, now) switch
        {
            PasswordDecision.Right => null,
            PasswordDecision.Wrong => FailureCode.CredentialsInvalid,
            PasswordDecision.Locked locked => new Failure(FailureCode.AccountLocked) { RetryAfter = locked.Until - now },
            var other => throw new InvalidOperationException($"{other.GetType()} is no decision about a password."),
        };

    /// <summary>Why the right password does not log in.</summary>
    /// <returns><c>null</c>: it does.</returns>
    public Failure? RefusalToLogIn() => User is { IsActive: true } ? null : FailureCode.UserDisabled;

    /// <summary>Why an identity that leads to nobody cannot be bound to the account: it has one openid of an app.</summary>
    /// <returns><c>null</c>: it can.</returns>
    public Failure? RefusalToBind(WeChatIdentity identity) => RefusalToLogIn() ?? (HasIdentityOf(identity.AppId) ? FailureCode.BindingConflict : null);

    /// <summary>
    /// Why a user cannot join the account. One that has an account already cannot, for which of the two it should be is not ours to say.
    /// </summary>
    /// <param name="user">The user; <c>null</c> where its data have been erased meanwhile.</param>
    /// <returns><c>null</c>: it can.</returns>
    public Failure? RefusalToJoin(LockedUser? user)
    {
        if (RefusalToLogIn() is { } refusal)
        {
            return refusal;
        }

        return user switch
        {
            null => new Failure(FailureCode.SessionRevoked) { Reason = SessionEndReason.Erased },
            { User.HasAccount: true } => FailureCode.BindingConflict,
            _ when user.Identities.Any(identity => HasIdentityOf(identity.AppId)) => FailureCode.BindingConflict,
            { IsLastAdministrator: true } => FailureCode.LastAdministrator,
            _ => null,
        };
    }

    private bool HasIdentityOf(string appId) => AppIds.Contains(appId, StringComparer.Ordinal);
}

/// <summary>The identity that a binding ticket stands for, held like the account.</summary>
/// <param name="Identity">The identity.</param>
/// <param name="UnionIdUserIds">The users of the other identities with its unionid, in the order in which those came.</param>
public sealed record TicketHolder(WeChatIdentity Identity, IReadOnlyList<Guid> UnionIdUserIds);

/// <summary>The user who wants to join the account, held like it.</summary>
/// <param name="Session">The session that asks; <c>null</c> where there is no such session any more.</param>
/// <param name="User">
/// The user with everything that hangs on it; <c>null</c> where the password is wrong, or the user's data have been erased meanwhile.
/// </param>
public sealed record JoiningUser(Session? Session, LockedUser? User);
