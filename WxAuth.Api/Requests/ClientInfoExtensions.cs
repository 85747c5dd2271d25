using System.Net;
using System.Text;
using WxAuth.Domain.Sessions;

namespace WxAuth.Api.Requests;

/// <summary>Where a request comes from.</summary>
internal static class ClientInfoExtensions
{
    private const int UserAgentLength = 256;

    /// <summary>The client's address; after the forwarded headers of known proxies have been taken in.</summary>
    public static IPAddress? ClientIp(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;

    /// <summary>The client's address and User-Agent.</summary>
    public static ClientInfo ClientInfo(this HttpContext context) => new(context.ClientIp(), UserAgent(context.Request.Headers.UserAgent.ToString()));

    private static string? UserAgent(string header)
    {
        if (header.Length == 0)
        {
            return null;
        }

        if (header.Length <= UserAgentLength && header.All(char.IsAscii))
        {
            return header;
        }

        // By whole characters: half of a surrogate pair is no text.
        var result = new StringBuilder(UserAgentLength);
        foreach (var rune in header.EnumerateRunes())
        {
            if (result.Length + rune.Utf16SequenceLength > UserAgentLength)
            {
                break;
            }

            if (rune.Value != 0)
            {
                result.Append(rune.ToString());
            }
        }

        return result.ToString();
    }
}
