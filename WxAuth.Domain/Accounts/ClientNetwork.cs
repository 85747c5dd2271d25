using System.Net;
using System.Net.Sockets;

namespace WxAuth.Domain.Accounts;

/// <summary>What counts as one client where attempts are counted or take turns.</summary>
public static class ClientNetwork
{
    // Whoever has one IPv6 address has its /64 (RFC 6177).
    private const int NetworkBytesOfIPv6 = 8;

    /// <summary>An IPv4 address as it is; of an IPv6 address its /64.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytesOfIPv6).Clear();
        return new IPAddress(bytes);
    }
}
