using System.Security.Cryptography.X509Certificates;

namespace WxAuth.Infrastructure;

/// <summary>What seals Data Protection's key ring in the database.</summary>
/// <param name="Certificate">Seals and opens it; RSA with private key. <c>null</c> in Development: the ring is then kept unsealed.</param>
/// <param name="PreviousCertificates">Only open it, after a change of the certificate.</param>
public sealed record DataProtectionSettings(X509Certificate2? Certificate, IReadOnlyList<X509Certificate2> PreviousCertificates);
