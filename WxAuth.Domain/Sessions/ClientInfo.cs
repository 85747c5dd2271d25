using System.Net;

namespace WxAuth.Domain.Sessions;

/// <summary>Where a request comes from.</summary>
/// <param name="Ip">The client's address, as far as the known proxies tell it.</param>
/// <param name="UserAgent">Its User-Agent, cut to 256 characters.</param>
public sealed record ClientInfo(IPAddress? Ip, string? UserAgent);
