using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// What the bearer handler validates with: IdentityModel's handler, pinned to our issuer, audience, algorithm, type and keys, behind
/// a bounded memory of tokens that it has already accepted. Checking an ES256 signature costs more than all else in a request.
/// </summary>
public sealed class AccessTokenValidator : JsonWebTokenHandler
{
    private const string AccessTokenType = "at+jwt";

    private readonly TokenKeys _keys;
    private readonly TimeProvider _timeProvider;
    private readonly VerifiedTokens _verified = new();

    internal AccessTokenValidator(TokenKeys keys, IOptions<JwtOptions> options, TimeProvider timeProvider)
    {
        _keys = keys;
        _timeProvider = timeProvider;
        MapInboundClaims = false;
        MaximumTokenSizeInBytes = 16 * 1024;
        Parameters = new TokenValidationParameters
        {
            ValidIssuer = options.Value.Issuer,
            ValidAudience = options.Value.Audience,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [AccessTokenType],
            ClockSkew = SessionPolicy.ClockSkew,
            NameClaimType = JwtRegisteredClaimNames.Sub,
            RoleClaimType = "roles",
            IssuerSigningKeyResolver = (_, _, keyId, _) =>
                keyId is not null && keys.Current.Find(keyId) is { } key ? [key.VerificationKey] : [],
            // The handler asks this before it looks at issuer, audience and type; whether a token is merely too old is asked last.
            LifetimeValidator = (notBefore, expires, _, parameters) =>
                expires is not null && !(notBefore > timeProvider.GetUtcNow().UtcDateTime + parameters.ClockSkew),
            // The key of a token that names one that this node does not know yet.
            IncludeTokenOnFailedValidation = true,
        };
    }

    /// <summary>What an access token of ours has to be, for <see cref="ValidateTokenAsync(string, TokenValidationParameters)"/>.</summary>
    public TokenValidationParameters Parameters { get; }

    /// <summary>Recalls a token that was accepted before, by a key that is still published.</summary>
    /// <param name="token">The exact token.</param>
    /// <param name="principal">Whom it speaks for.</param>
    /// <param name="expired">Whether it has expired since.</param>
    /// <returns>Whether it is remembered.</returns>
    public bool TryRecall(ReadOnlySpan<char> token, [NotNullWhen(true)] out ClaimsPrincipal? principal, out bool expired)
    {
        if (_verified.Find(token) is { } entry && _keys.Current.Find(entry.KeyId) is not null)
        {
            principal = entry.Principal;
            expired = HasExpired(entry.ExpiresAt);
            return true;
        }

        (principal, expired) = (null, false);
        return false;
    }

    /// <summary>Validates a token outside the bearer handler.</summary>
    /// <returns>Whom it speaks for; <c>null</c> where it is not valid, for whatever reason. Its session is not looked at.</returns>
    public async ValueTask<ClaimsPrincipal?> ValidateAsync(string token)
    {
        if (TryRecall(token, out var known, out var expired))
        {
            return expired ? null : known;
        }

        return await ValidateTokenAsync(token, Parameters) is { IsValid: true } result ? new ClaimsPrincipal(result.ClaimsIdentity) : null;
    }

    /// <inheritdoc/>
    /// <returns>
    /// Where it is not valid, a <see cref="SecurityTokenException"/>: <see cref="SecurityTokenExpiredException"/> where that is all. What is
    /// no fault of the token's is thrown: looking for its key, the database was away.
    /// </returns>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Contains('=', StringComparison.Ordinal))
        {
            // RFC 7515, 2: base64url without padding. The library takes it with padding too, and one token would have several texts.
            return Refuse(new SecurityTokenException("It is padded."));
        }

        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException
            && result.TokenOnFailedValidation is JsonWebToken { Kid: { Length: > 0 } keyId }
            && await _keys.FindAsync(keyId, CancellationToken.None) is not null)
        {
            // Another node made it and has signed with it since this one last read the keys.
            result = await base.ValidateTokenAsync(token, validationParameters);
        }

        if (!result.IsValid)
        {
            return Refuse(result.Exception as SecurityTokenException ?? new SecurityTokenException("It cannot be read.", result.Exception));
        }

        var accepted = (JsonWebToken)result.SecurityToken;
        if (!HasOurClaims(accepted))
        {
            return Refuse(new SecurityTokenException("It lacks a claim of our access tokens, or has it in another shape."));
        }

        if (HasExpired(accepted.ValidTo))
        {
            // The only fault of a token that a client can mend by itself.
            return Refuse(new SecurityTokenExpiredException("It has expired."));
        }

        _verified.Add(token, new VerifiedTokens.Entry(Remembered(result.ClaimsIdentity), accepted.Kid, accepted.ValidTo));
        return result;
    }

    private bool HasExpired(DateTime expiresAt) => _timeProvider.GetUtcNow().UtcDateTime - SessionPolicy.ClockSkew >= expiresAt;

    // The claims alone: the library's identity keeps the whole token beside them, taken apart.
    private static ClaimsPrincipal Remembered(ClaimsIdentity identity) =>
        new(new ClaimsIdentity(identity.Claims, identity.AuthenticationType, identity.NameClaimType, identity.RoleClaimType));

    private static TokenValidationResult Refuse(SecurityTokenException exception) => new() { IsValid = false, Exception = exception };

    // The library is content with times that are fractions or texts, and of a list of values a reader would take the first. Nobody but us
    // can sign such a token, but what reads the claims counts on their shapes.
    private static bool HasOurClaims(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        var claims = payload.RootElement;
        return IsId(claims, JwtRegisteredClaimNames.Sub)
            && IsId(claims, JwtRegisteredClaimNames.Sid)
            && claims.TryGetProperty("client_id", out var clientId) && clientId.ValueKind is JsonValueKind.String
            && IsTime(claims, JwtRegisteredClaimNames.Iat)
            && IsTime(claims, JwtRegisteredClaimNames.Exp)
            && (!claims.TryGetProperty(JwtRegisteredClaimNames.Nbf, out _) || IsTime(claims, JwtRegisteredClaimNames.Nbf));
    }

    private static bool IsId(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.String && Guid.TryParse(claim.GetString(), out _);

    private static bool IsTime(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.Number && claim.TryGetInt64(out _);
}
