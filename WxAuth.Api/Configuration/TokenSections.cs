using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Api.Configuration;

/// <summary><c>Jwt</c> and <c>Sessions</c>.</summary>
internal static class TokenSections
{
    private const string IssuerKey = "Jwt:Issuer";

    public static JwtOptions ReadJwt(ConfigurationReader reader, bool development)
    {
        var defaults = new JwtOptions { Issuer = "" };
        return new JwtOptions
        {
            Issuer = ReadIssuer(reader, development),
            Audience = reader.Text("Jwt:Audience") ?? defaults.Audience,
            AccessTokenLifetime = reader.Duration("Jwt:AccessTokenLifetime", defaults.AccessTokenLifetime),
            SigningKeyLifetime = reader.Duration("Jwt:SigningKeyLifetime", defaults.SigningKeyLifetime),
        };
    }

    public static SessionPolicy ReadSessions(ConfigurationReader reader, JwtOptions jwt)
    {
        var defaults = new SessionPolicy();
        var policy = new SessionPolicy
        {
            AccessTokenLifetime = jwt.AccessTokenLifetime,
            RefreshTokenLifetime = reader.Duration("Sessions:RefreshTokenLifetime", defaults.RefreshTokenLifetime),
            AbsoluteLifetime = reader.Duration("Sessions:AbsoluteLifetime", defaults.AbsoluteLifetime),
            ReuseGracePeriod = reader.Duration("Sessions:ReuseGracePeriod", defaults.ReuseGracePeriod),
            MaxPerUser = reader.Number("Sessions:MaxPerUser", defaults.MaxPerUser, 1, 1000),
        };
        if (policy.AbsoluteLifetime < policy.RefreshTokenLifetime)
        {
            reader.Fault("Sessions:AbsoluteLifetime", "is shorter than Sessions:RefreshTokenLifetime; lengthen it or shorten the other.");
        }

        return policy;
    }

    private static string ReadIssuer(ConfigurationReader reader, bool development)
    {
        if (development && reader.Text(IssuerKey) is null)
        {
            return ListeningAddress(reader);
        }

        var issuer = reader.Required(IssuerKey, "the public https address of this server, without a trailing slash");
        if (issuer.Length > 0 && !IsIssuer(issuer))
        {
            reader.Fault(
                IssuerKey,
                "is no issuer; write an absolute https address (http on loopback alone) without trailing slash, query, fragment or user name.");
        }

        return issuer;
    }

    private static bool IsIssuer(string issuer) => Uri.TryCreate(issuer, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && address.Host.Length > 0
        && address.UserInfo.Length == 0
        && issuer.AsSpan().IndexOfAny('?', '#') < 0
        && !issuer.AsSpan().ContainsAnyExceptInRange('!', '~')
        && !issuer.EndsWith('/');

    // What a browser on this machine calls the first address: a wildcard is no host name.
    private static string ListeningAddress(ConfigurationReader reader)
    {
        if (reader.Text("urls")?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is not [var first, ..])
        {
            return StartupConfiguration.DevelopmentAddress;
        }

        var named = first.Replace("://*", "://localhost", StringComparison.Ordinal).Replace("://+", "://localhost", StringComparison.Ordinal);
        if (!Uri.TryCreate(named, UriKind.Absolute, out var address))
        {
            reader.Fault("urls", $"is no list of addresses; write them as {StartupConfiguration.DevelopmentAddress}, with ; between.");
            return StartupConfiguration.DevelopmentAddress;
        }

        var builder = new UriBuilder(address) { Host = address.Host is "0.0.0.0" or "[::]" ? "localhost" : address.Host };
        return builder.Uri.AbsoluteUri.TrimEnd('/');
    }
}
