using System.Diagnostics.CodeAnalysis;
using System.IdentityModel.Tokens.Jwt;
using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using WxAuth.Domain.Sessions;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// What the bearer handler validates with: IdentityModel's handler, pinned to our issuer, audience, algorithm, type and keys, behind
/// a bounded memory of tokens that it has already accepted. Checking an ES256 signature costs more than all else in a request.
/// </summary>
public sealed class AccessTokenValidator : ISecurityTokenValidator
{
    private const string TokenType = "at+jwt";

    private readonly TokenKeys _keys;
    private readonly TimeProvider _timeProvider;
    private readonly VerifiedTokens _verified;
    private readonly JwtSecurityTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly TokenValidationParameters _parameters;

    internal AccessTokenValidator(TokenKeys keys, IOptions<JwtOptions> options, TimeProvider timeProvider)
    {
        _keys = keys;
        _timeProvider = timeProvider;
        _verified = new VerifiedTokens();
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = options.Value.Issuer,
            ValidAudience = options.Value.Audience,
            ClockSkew = SessionPolicy.ClockSkew,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            NameClaimType = JwtRegisteredClaimNames.Sub,
            RoleClaimType = "roles",
            IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Current.Find(keyId) is { } key ? [key.VerificationKey] : [],
            // The handler asks this before it looks at issuer and audience; whether a token is merely too old is asked last.
            LifetimeValidator = (notBefore, expires, _, parameters) =>
                expires is not null && !(notBefore > timeProvider.GetUtcNow().UtcDateTime + parameters.ClockSkew),
        };
    }

    /// <inheritdoc/>
    public bool CanValidateToken => true;

    /// <inheritdoc/>
    public int MaximumTokenSizeInBytes { get; set; } = 16 * 1024;

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

    /// <summary>
    /// Whether a token is worth validating: it names our algorithm, our type and a key of ours. For a key that this node does not know
    /// the database is asked once.
    /// </summary>
    public async ValueTask<bool> IsCandidateAsync(string token, CancellationToken cancellationToken) =>
        ReadHeader(token) is { } keyId && await _keys.FindAsync(keyId, cancellationToken) is not null;

    /// <summary>Validates a token outside the bearer handler.</summary>
    /// <returns>Whom it speaks for; <c>null</c> where it is not valid, for whatever reason. Its session is not looked at.</returns>
    public async ValueTask<ClaimsPrincipal?> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        if (TryRecall(token, out var known, out var expired))
        {
            return expired ? null : known;
        }

        try
        {
            return await IsCandidateAsync(token, cancellationToken) ? ValidateToken(token, _parameters, out _) : null;
        }
        catch (Exception e) when (e is SecurityTokenException or ArgumentException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public bool CanReadToken(string securityToken) => _handler.CanReadToken(securityToken);

    /// <inheritdoc/>
    /// <remarks>The given parameters are not looked at: what is valid here is not for the caller to say.</remarks>
    /// <exception cref="SecurityTokenException">It is not valid; <see cref="SecurityTokenExpiredException"/> where that is all.</exception>
    public ClaimsPrincipal ValidateToken(string securityToken, TokenValidationParameters validationParameters, out SecurityToken validatedToken)
    {
        if (ReadHeader(securityToken) is not { } keyId)
        {
            throw new SecurityTokenException("The token's header is not that of an access token of ours.");
        }

        var principal = _handler.ValidateToken(securityToken, _parameters, out validatedToken);
        if (!IsId(principal, JwtRegisteredClaimNames.Sub) || !IsId(principal, JwtRegisteredClaimNames.Sid) || principal.FindFirst("client_id") is null)
        {
            throw new SecurityTokenException("The token lacks a claim that every access token of ours has.");
        }

        if (HasExpired(validatedToken.ValidTo))
        {
            // The only fault of a token that a client can mend by itself.
            throw new SecurityTokenExpiredException("The token has expired.");
        }

        _verified.Add(securityToken, new VerifiedTokens.Entry(principal, keyId, validatedToken.ValidTo));
        return principal;
    }

    // Before any key is looked at: this IdentityModel has no list of valid algorithms, and alg is the sender's choice (RFC 8725, 3.1).
    private string? ReadHeader(string token)
    {
        if (token.Length > MaximumTokenSizeInBytes || !_handler.CanReadToken(token))
        {
            return null;
        }

        JwtHeader header;
        try
        {
            header = _handler.ReadJwtToken(token).Header;
        }
        catch (ArgumentException)
        {
            // What has the shape of a JWT may still be no JSON inside.
            return null;
        }

        return string.Equals(header.Alg, SecurityAlgorithms.EcdsaSha256, StringComparison.Ordinal)
            && string.Equals(header.Typ, TokenType, StringComparison.OrdinalIgnoreCase)
            && !string.IsNullOrEmpty(header.Kid)
            ? header.Kid
            : null;
    }

    private bool HasExpired(DateTime expiresAt) => _timeProvider.GetUtcNow().UtcDateTime >= expiresAt + SessionPolicy.ClockSkew;

    private static bool IsId(ClaimsPrincipal principal, string claim) => Guid.TryParse(principal.FindFirst(claim)?.Value, out _);
}
