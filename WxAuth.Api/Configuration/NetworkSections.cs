using System.Net;

namespace WxAuth.Api.Configuration;

/// <summary><c>ForwardedHeaders</c> and <c>Introspection</c>.</summary>
internal static class NetworkSections
{
    public static ForwardedHeadersSettings ReadForwardedHeaders(ConfigurationReader reader)
    {
        var proxies = new List<IPAddress>();
        foreach (var key in reader.Entries("ForwardedHeaders:KnownProxies"))
        {
            if (IPAddress.TryParse(reader.Text(key), out var address))
            {
                proxies.Add(address);
            }
            else
            {
                reader.Fault(key, "is no IP address; write one such as 10.0.0.1.");
            }
        }

        var networks = new List<IPNetwork>();
        foreach (var key in reader.Entries("ForwardedHeaders:KnownNetworks"))
        {
            if (IPNetwork.TryParse(reader.Text(key), out var network))
            {
                networks.Add(network);
            }
            else
            {
                reader.Fault(key, "is no network in CIDR notation; write one such as 10.0.0.0/8, with no bit set behind the prefix.");
            }
        }

        return new(proxies, networks);
    }

    public static IReadOnlyDictionary<string, byte[]> ReadIntrospectionClients(ConfigurationReader reader)
    {
        var clients = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var ids = new List<(string Key, string Id)>();
        foreach (var key in reader.Entries("Introspection:Clients"))
        {
            var id = reader.Required($"{key}:Id", "the business service's name");
            ids.Add(($"{key}:Id", id));
            if (id.Contains(':', StringComparison.Ordinal))
            {
                // RFC 7617, 2: the user-id ends at the first colon.
                reader.Fault($"{key}:Id", "holds a colon, which basic authentication cannot carry; choose another name.");
            }

            var hash = reader.Required($"{key}:SecretHash", "the SHA-256 of the service's secret in lower-case hexadecimal");
            if (hash.Length > 0 && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower)))
            {
                reader.Fault($"{key}:SecretHash", "is no SHA-256 in 64 lower-case hexadecimal digits; hash the secret (printf %s \"$SECRET\" | sha256sum).");
            }
            else if (hash.Length > 0)
            {
                clients.TryAdd(id, Convert.FromHexString(hash));
            }
        }

        reader.RefuseDoubled(ids);
        return clients;
    }
}
