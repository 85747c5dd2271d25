using System.Text.Json;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Problems;

/// <summary>One failure of one request, before it has a language. <see cref="ProblemWriter"/> writes it (RFC 9457).</summary>
/// <param name="Code">What went wrong.</param>
public sealed record Problem(ProblemCode Code)
{
    /// <summary>Field to messages, fields in camelCase; with <see cref="ProblemCode.ValidationFailed"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LocalizedText>>? Errors { get; init; }

    /// <summary>Why the session ended; with <see cref="ProblemCode.SessionRevoked"/>.</summary>
    public SessionEndReason? Reason { get; init; }

    /// <summary>The ticket to bind with; with <see cref="ProblemCode.BindingRequired"/>.</summary>
    public BindingTicket? BindingTicket { get; init; }

    /// <summary>How long the client should wait; <c>null</c>: as the catalogue says. Only statuses that have a time to name send it.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether a bearer token was given and is what is wrong: the challenge of a 401 then carries
    /// <c>error="invalid_token"</c> (RFC 6750, 3.1). <c>token_invalid</c> and <c>token_expired</c> say so by themselves;
    /// set it for a <c>session_revoked</c> that the bearer handler found.
    /// </summary>
    public bool BearerTokenRefused { get; init; }

    /// <summary>Further members of the document.</summary>
    public IDictionary<string, JsonElement>? Extensions { get; init; }

    /// <summary>The catalogue's part.</summary>
    public ProblemEntry Entry => ProblemCatalogue.Get(Code);

    /// <summary>A problem that has nothing to add to its code.</summary>
    public static implicit operator Problem(ProblemCode code) => new(code);

    /// <summary>Named alternate of the conversion.</summary>
    public static Problem FromProblemCode(ProblemCode code) => new(code);

    /// <summary>One field with one message.</summary>
    /// <param name="field">The field as the client wrote it, in camelCase, or the header's name.</param>
    /// <param name="text">What is wrong with it.</param>
    public static Problem Invalid(string field, LocalizedText text) => new(ProblemCode.ValidationFailed)
    {
        Errors = new Dictionary<string, IReadOnlyList<LocalizedText>>(StringComparer.Ordinal) { [field] = [text] },
    };
}
