using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;
using WxAuth.Api.Compatibility;
using WxAuth.Api.Configuration;
using WxAuth.Api.Problems;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Tokens;

/// <summary>
/// What we add to the built-in bearer handler: tokens that were accepted before are recalled instead of verified again, every
/// token's session is looked up in the set of ended ones, and what is refused is refused with problem details.
/// </summary>
internal sealed class BearerEvents(AccessTokenValidator validator, IEndedSessions endedSessions, Settings settings) : JwtBearerEvents
{
    private const string Prefix = "Bearer ";
    private static readonly object RefusalKey = new();

    public override Task MessageReceived(MessageReceivedContext context)
    {
        var token = ReadToken(context.Request);
        if (token.IsEmpty && (token = ReadSessionHeader(context.HttpContext)).IsEmpty)
        {
            context.NoResult();
            return Task.CompletedTask;
        }

        if (validator.TryRecall(token, out var principal, out var expired))
        {
            if (expired)
            {
                Refuse(context, ProblemCode.TokenExpired);
            }
            else if (!IsRefusedBySession(context, principal.SessionId()))
            {
                context.Principal = principal;
                context.Success();
            }

            return Task.CompletedTask;
        }

        // On to the handler, which validates it.
        context.Token = token.ToString();
        return Task.CompletedTask;
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        IsRefusedBySession(context, context.Principal!.SessionId());
        return Task.CompletedTask;
    }

    public override Task AuthenticationFailed(AuthenticationFailedContext context)
    {
        if (context.Exception is not SecurityTokenException)
        {
            // No fault of the token's: looking for its key, the database was away.
            ExceptionDispatchInfo.Throw(context.Exception);
        }

        Refuse(context, context.Exception is SecurityTokenExpiredException ? ProblemCode.TokenExpired : ProblemCode.TokenInvalid);
        return Task.CompletedTask;
    }

    public override Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        return ProblemWriter.WriteAsync(context.HttpContext, RefusalOf(context.HttpContext));
    }

    public override Task Forbidden(ForbiddenContext context) => ProblemWriter.WriteAsync(context.HttpContext, ProblemCode.Forbidden);

    /// <summary>Why the request's bearer token was refused; <c>token_missing</c> where there was none.</summary>
    public static Problem RefusalOf(HttpContext context) => context.Items[RefusalKey] as Problem ?? new Problem(ProblemCode.TokenMissing);

    private static ReadOnlySpan<char> ReadToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Prefix.Length).Trim() : [];
    }

    private ReadOnlySpan<char> ReadSessionHeader(HttpContext context)
    {
        if (!settings.TutorialRoutes || context.Request.Headers.ContainsKey(HeaderNames.Authorization)
            || context.Request.Headers[SessionHeaderFormat.Header] is not [{ Length: > 0 } token])
        {
            return [];
        }

        context.Features.Set<IProblemFormat>(SessionHeaderFormat.Instance);
        return token;
    }

    private bool IsRefusedBySession(ResultContext<JwtBearerOptions> context, Guid sessionId)
    {
        if (endedSessions.Find(sessionId) is { } reason)
        {
            Refuse(context, new Problem(ProblemCode.SessionRevoked) { Reason = reason, BearerTokenRefused = true });
            return true;
        }

        if (!endedSessions.IsTrusted)
        {
            // The database has been away for longer than the last set is good for.
            Refuse(context, ProblemCode.DatabaseUnavailable);
            return true;
        }

        return false;
    }

    private static void Refuse(ResultContext<JwtBearerOptions> context, Problem problem)
    {
        context.HttpContext.Items[RefusalKey] = problem;
        context.Fail(problem.Entry.Name);
    }
}
