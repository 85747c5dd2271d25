using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WxAuth.Api.Problems;

/// <summary>The wire's shape of every failure: RFC 9457 problem details, <c>application/problem+json</c>.</summary>
public sealed record ProblemDocument
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary><c>urn:wxauth:problem:</c> and the code.</summary>
    public required string Type { get; init; }

    /// <summary>One line to be shown to the user, in the language of <c>Content-Language</c>.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What the user can do, in the language of <c>Content-Language</c>.</summary>
    public required string Detail { get; init; }

    /// <summary>The stable code that a program decides by.</summary>
    public required string Code { get; init; }

    /// <summary><c>fix_request</c>, <c>login_again</c>, <c>refresh</c>, <c>bind_account</c>, <c>retry_later</c> or <c>contact_support</c>.</summary>
    public required string Action { get; init; }

    /// <summary>By which the server's logs and traces of this request are found.</summary>
    public required string TraceId { get; init; }

    /// <summary>Field to messages; with <c>validation_failed</c>.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Why the session ended; with <c>session_revoked</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>What <c>POST /api/auth/bind</c> wants; with <c>binding_required</c>.</summary>
    public string? BindingTicket { get; init; }

    /// <summary>The ticket's remaining life in seconds; with <c>binding_required</c>.</summary>
    public int? BindingTicketExpiresIn { get; init; }

    /// <summary>Further members. Settable: the serializer allows no extension data that is set with the object.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}

[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ProblemJson : JsonSerializerContext
{
    // Chinese stays readable on the wire; the body is JSON under its own media type, never part of an HTML page.
    public static readonly ProblemJson Relaxed = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
