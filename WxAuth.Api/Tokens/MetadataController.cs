using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Domain.Tokens;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Tokens;

/// <summary>What business services need to check access tokens by themselves.</summary>
[ApiController]
[Tags("Tokens for business services")]
[AllowAnonymous]
public sealed class MetadataController(IPublishedKeys keys, IOptions<JwtOptions> options) : ControllerBase
{
    private const int CacheSeconds = 300;

    /// <summary>The metadata that AddJwtBearer, jose and the like start from (RFC 8414, OpenID Connect Discovery).</summary>
    /// <remarks>In ASP.NET Core: `AddJwtBearer(o =&gt; o.Authority = "https://auth.example.com")`.</remarks>
    /// <response code="200">The metadata.</response>
    [HttpGet("/.well-known/openid-configuration")]
    [HttpGet("/.well-known/oauth-authorization-server")]
    [ProducesResponseType<MetadataResponse>(StatusCodes.Status200OK)]
    [ResponseCache(Duration = CacheSeconds)]
    public MetadataResponse Metadata() => MetadataResponse.For(options.Value.Issuer);

    /// <summary>The public keys of access tokens (RFC 7517): those in use, and the next one ahead of its first use.</summary>
    /// <response code="200">The keys.</response>
    [HttpGet("/.well-known/jwks.json")]
    [ProducesResponseType<JwksResponse>(StatusCodes.Status200OK)]
    [AnswersProblems(ProblemCode.DatabaseUnavailable)]
    public JwksResponse Jwks()
    {
        var published = keys.Published;
        Response.Headers.CacheControl = $"public, max-age={CacheSeconds}";
        return new JwksResponse([.. published.Select(JwkResponse.From)]);
    }
}

/// <summary>RFC 8414 metadata, as far as they apply: tokens come from our own login, not from an OAuth grant.</summary>
public sealed record MetadataResponse
{
    [JsonPropertyName("issuer")]
    public required string Issuer { get; init; }

    [JsonPropertyName("jwks_uri")]
    public required string JwksUri { get; init; }

    [JsonPropertyName("authorization_endpoint")]
    public required string AuthorizationEndpoint { get; init; }

    [JsonPropertyName("token_endpoint")]
    public required string TokenEndpoint { get; init; }

    [JsonPropertyName("introspection_endpoint")]
    public required string IntrospectionEndpoint { get; init; }

    [JsonPropertyName("introspection_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> IntrospectionEndpointAuthMethodsSupported { get; } = ["client_secret_basic"];

    [JsonPropertyName("id_token_signing_alg_values_supported")]
    public IReadOnlyList<string> IdTokenSigningAlgValuesSupported { get; } = ["ES256"];

    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypesSupported { get; } = ["token"];

    [JsonPropertyName("subject_types_supported")]
    public IReadOnlyList<string> SubjectTypesSupported { get; } = ["public"];

    [JsonPropertyName("claims_supported")]
    public IReadOnlyList<string> ClaimsSupported { get; } = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "client_id", "openid", "roles"];

    internal static MetadataResponse For(string issuer) => new()
    {
        Issuer = issuer,
        JwksUri = $"{issuer}/.well-known/jwks.json",
        AuthorizationEndpoint = $"{issuer}/api/auth/login",
        TokenEndpoint = $"{issuer}/api/auth/refresh",
        IntrospectionEndpoint = $"{issuer}/api/auth/introspect",
    };
}

/// <summary>A JWK set (RFC 7517, 5).</summary>
public sealed record JwksResponse([property: JsonPropertyName("keys")] IReadOnlyList<JwkResponse> Keys);

/// <summary>A P-256 public key (RFC 7518, 6.2.1).</summary>
public sealed record JwkResponse
{
    [JsonPropertyName("kty")]
    public string Kty { get; } = "EC";

    [JsonPropertyName("use")]
    public string Use { get; } = "sig";

    [JsonPropertyName("alg")]
    public string Alg { get; } = "ES256";

    [JsonPropertyName("crv")]
    public string Crv { get; } = "P-256";

    [JsonPropertyName("kid")]
    public required string Kid { get; init; }

    [JsonPropertyName("x")]
    public required string X { get; init; }

    [JsonPropertyName("y")]
    public required string Y { get; init; }

    internal static JwkResponse From(PublishedKey key) => new() { Kid = key.KeyId, X = key.X, Y = key.Y };
}
