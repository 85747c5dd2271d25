using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Domain;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>Endings of a user's changes of himself, as answers.</summary>
internal static class UserResultExtensions
{
    /// <summary>The token was good a moment ago: an erasure came between.</summary>
    public static readonly Problem Erased = new(ProblemCode.SessionRevoked) { Reason = SessionEndReason.Erased, BearerTokenRefused = true };

    /// <summary>The user, or what was refused.</summary>
    public static IActionResult ToResult(this UserResult result) => result switch
    {
        UserResult.Done done => new OkObjectResult(UserResponse.From(done.User)),
        UserResult.Refused { Failure.Code: FailureCode.SessionRevoked } => new ProblemResult(Erased),
        UserResult.Refused refused => refused.Failure.ToResult(),
        _ => throw new InvalidOperationException($"{result.GetType()} is not an ending of a change."),
    };
}
