using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using WxAuth.Api.Configuration;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Tokens;

/// <summary>Knows business services by HTTP basic authentication (RFC 7617, RFC 6749 2.3.1) against <c>Introspection:Clients</c>.</summary>
internal sealed class BasicClientHandler(
    Settings settings, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "Basic";

    private const string Prefix = "Basic ";
    private static readonly byte[] NoSecret = new byte[SHA256.HashSizeInBytes];

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (Read(header.AsSpan(Prefix.Length).Trim()) is not { } client
            || !(IsKnown(client.Id, client.Secret) || IsKnown(Uri.UnescapeDataString(client.Id), Uri.UnescapeDataString(client.Secret))))
        {
            return Task.FromResult(AuthenticateResult.Fail("client_invalid"));
        }

        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim("client_id", client.Id)], Scheme.Name));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => ProblemWriter.WriteAsync(Context, ProblemCode.ClientInvalid);

    // An unknown id is hashed and compared like a known one, so that time tells nothing.
    private bool IsKnown(string id, string secret)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        var known = settings.IntrospectionClients.TryGetValue(id, out var expected);
        return CryptographicOperations.FixedTimeEquals(hash, expected ?? NoSecret) && known;
    }

    private static (string Id, string Secret)? Read(ReadOnlySpan<char> credentials)
    {
        if (!Base64.IsValid(credentials, out var length))
        {
            return null;
        }

        var bytes = new byte[length];
        if (!Convert.TryFromBase64Chars(credentials, bytes, out var written))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, written);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }
}
