using WxAuth.Domain.Sessions;

namespace WxAuth.Domain.Users;

/// <summary>How a change of a user by himself ended.</summary>
public abstract record UserResult
{
    private UserResult()
    {
    }

    /// <summary>The user as it is now.</summary>
    public sealed record Done(User User) : UserResult;

    /// <summary>Nothing has changed.</summary>
    public sealed record Refused(Failure Failure) : UserResult;

    /// <summary>The ending for what a store gives: no user there means that the data were erased while the request was under way.</summary>
    public static UserResult From(User? user) => user is null
        ? new Refused(new Failure(FailureCode.SessionRevoked) { Reason = SessionEndReason.Erased })
        : new Done(user);
}
