using System.Diagnostics;
using System.Text.Json;
using WxAuth.Domain;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Problems;

/// <summary>What the domain refuses, as problems.</summary>
public static class FailureProblems
{
    /// <summary>The problem of a failure, with what the failure carries.</summary>
    public static Problem ToProblem(this Failure failure) => new(ToProblemCode(failure.Code))
    {
        Reason = failure.Reason,
        BindingTicket = failure.BindingTicket,
        RetryAfter = failure.RetryAfter,
    };

    /// <summary>The answer of an action whose use case failed.</summary>
    public static ProblemResult ToResult(this Failure failure) => new(failure.ToProblem());

    /// <summary>The wire's name of a reason.</summary>
    public static string ToWire(this SessionEndReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    /// <summary>The problem code of a failure code.</summary>
    public static ProblemCode ToProblemCode(FailureCode code) => code switch
    {
        FailureCode.AppUnknown => ProblemCode.AppUnknown,
        FailureCode.CodeInvalid => ProblemCode.CodeInvalid,
        FailureCode.CodeUsed => ProblemCode.CodeUsed,
        FailureCode.UserBlockedByWechat => ProblemCode.UserBlockedByWechat,
        FailureCode.UserDisabled => ProblemCode.UserDisabled,
        FailureCode.BindingRequired => ProblemCode.BindingRequired,
        FailureCode.CredentialsInvalid => ProblemCode.CredentialsInvalid,
        FailureCode.AccountLocked => ProblemCode.AccountLocked,
        FailureCode.UserNameTaken => ProblemCode.UserNameTaken,
        FailureCode.BindingTicketInvalid => ProblemCode.BindingTicketInvalid,
        FailureCode.BindingConflict => ProblemCode.BindingConflict,
        FailureCode.LastAdministrator => ProblemCode.LastAdministrator,
        FailureCode.SessionRevoked => ProblemCode.SessionRevoked,
        FailureCode.RefreshTokenInvalid => ProblemCode.RefreshTokenInvalid,
        FailureCode.RefreshTokenExpired => ProblemCode.RefreshTokenExpired,
        FailureCode.RefreshTokenReused => ProblemCode.RefreshTokenReused,
        FailureCode.SessionKeyStale => ProblemCode.SessionKeyStale,
        FailureCode.EncryptedDataInvalid => ProblemCode.EncryptedDataInvalid,
        FailureCode.SignatureInvalid => ProblemCode.SignatureInvalid,
        FailureCode.WatermarkMismatch => ProblemCode.WatermarkMismatch,
        FailureCode.PhoneCodeInvalid => ProblemCode.PhoneCodeInvalid,
        FailureCode.RateLimited => ProblemCode.RateLimited,
        FailureCode.NotFound => ProblemCode.NotFound,
        _ => throw new UnreachableException($"No problem code for {code}."),
    };
}
