using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Requests;
using WxAuth.Api.Swagger;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Tokens;

/// <summary>Asking about a token, for a business service that does not check it by itself.</summary>
[ApiController]
[Route("api/auth/introspect")]
[Tags("Tokens for business services")]
[Authorize(BearerSetup.BusinessServicePolicy)]
public sealed class IntrospectionController(AccessTokenValidator validator, IEndedSessions endedSessions) : ControllerBase
{
    /// <summary>Tells whether an access token is good, and what it says (RFC 7662).</summary>
    /// <param name="token">The access token.</param>
    /// <response code="200">`active: false` and nothing else for a token that is not ours, has expired, or whose session has ended.</response>
    [HttpPost]
    [Consumes("application/x-www-form-urlencoded")]
    [ReadsForm]
    [AnswersProblems(ProblemCode.ClientInvalid, ProblemCode.ValidationFailed, ProblemCode.UnsupportedMediaType, ProblemCode.PayloadTooLarge, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<IntrospectionResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Introspect([FromForm] string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return new ProblemResult(Problems.Problem.Invalid("token", ValidationTexts.Required));
        }

        if (!endedSessions.IsTrusted)
        {
            return new ProblemResult(ProblemCode.DatabaseUnavailable);
        }

        return await validator.ValidateAsync(token) is { } principal && endedSessions.Find(principal.SessionId()) is null
            ? Ok(IntrospectionResponse.For(principal))
            : Ok(IntrospectionResponse.Inactive);
    }
}

/// <summary>What a token says (RFC 7662, 2.2).</summary>
public sealed record IntrospectionResponse
{
    /// <summary>Any other token than a good one.</summary>
    public static readonly IntrospectionResponse Inactive = new() { Active = false };

    /// <summary>Whether the token is good now.</summary>
    [JsonPropertyName("active")]
    public required bool Active { get; init; }

    /// <summary>The user.</summary>
    [JsonPropertyName("sub"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sub { get; init; }

    /// <summary>The session.</summary>
    [JsonPropertyName("sid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sid { get; init; }

    /// <summary>The mini-program, or <c>platform</c>.</summary>
    [JsonPropertyName("client_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientId { get; init; }

    /// <summary>The user within the mini-program.</summary>
    [JsonPropertyName("openid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OpenId { get; init; }

    /// <summary>The user's roles.</summary>
    [JsonPropertyName("roles"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Always <c>Bearer</c>.</summary>
    [JsonPropertyName("token_type"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TokenType { get; init; }

    /// <summary>When it was issued, in Unix seconds.</summary>
    [JsonPropertyName("iat"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Iat { get; init; }

    /// <summary>When it expires, in Unix seconds.</summary>
    [JsonPropertyName("exp"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Exp { get; init; }

    /// <summary>The issuer.</summary>
    [JsonPropertyName("iss"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Iss { get; init; }

    /// <summary>The audience.</summary>
    [JsonPropertyName("aud"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Aud { get; init; }

    /// <summary>The token's id.</summary>
    [JsonPropertyName("jti"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Jti { get; init; }

    internal static IntrospectionResponse For(ClaimsPrincipal principal) => new()
    {
        Active = true,
        Sub = principal.FindFirstValue("sub"),
        Sid = principal.FindFirstValue("sid"),
        ClientId = principal.FindFirstValue("client_id"),
        OpenId = principal.OpenId(),
        Roles = principal.Roles(),
        TokenType = "Bearer",
        Iat = Seconds(principal, "iat"),
        Exp = Seconds(principal, "exp"),
        Iss = principal.FindFirstValue("iss"),
        Aud = principal.FindFirstValue("aud"),
        Jti = principal.FindFirstValue("jti"),
    };

    private static long Seconds(ClaimsPrincipal principal, string claim) => long.Parse(principal.FindFirstValue(claim)!, CultureInfo.InvariantCulture);
}
