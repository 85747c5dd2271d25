using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WxAuth.Tests.Configuration;

/// <summary>Certificates and keys in a folder of their own: good ones, a foreign key, one that is not RSA, and no certificate at all.</summary>
public sealed class CertificateFiles : IDisposable
{
    public CertificateFiles()
    {
        using var rsa = RSA.Create(2048);
        using var other = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=wxauth", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now, now.AddYears(1));
        using var ecCertificate = new CertificateRequest("CN=wxauth", ec, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddYears(1));
        File.WriteAllText(PathOf("rsa.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("rsa.key"), rsa.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("other.key"), other.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("ec.crt"), ecCertificate.ExportCertificatePem());
        File.WriteAllText(PathOf("junk.crt"), "junk");
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("wxauth-configuration");

    public string PathOf(string file) => Path.Combine(Folder.FullName, file);

    public void Dispose() => Folder.Delete(recursive: true);
}
