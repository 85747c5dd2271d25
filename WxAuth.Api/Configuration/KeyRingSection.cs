using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using WxAuth.Infrastructure;

namespace WxAuth.Api.Configuration;

/// <summary><c>DataProtection</c>.</summary>
internal static class KeyRingSection
{
    private const string CertificateKey = "DataProtection:CertificatePath";
    private const string PrivateKeyKey = "DataProtection:CertificateKeyPath";

    public static DataProtectionSettings Read(ConfigurationReader reader, bool development)
    {
        var wanted = !development || reader.Text(CertificateKey) is not null || reader.Text(PrivateKeyKey) is not null;
        var certificate = wanted ? ReadCertificate(reader, CertificateKey, PrivateKeyKey) : null;
        var previous = reader.Entries("DataProtection:PreviousCertificates")
            .Select(key => ReadCertificate(reader, $"{key}:Path", $"{key}:KeyPath"))
            .OfType<X509Certificate2>()
            .ToArray();
        return new(certificate, previous);
    }

    private static X509Certificate2? ReadCertificate(ConfigurationReader reader, string pathKey, string privateKeyPathKey)
    {
        var path = reader.Required(pathKey, "the path of an RSA certificate in PEM");
        var privateKeyPath = reader.Required(privateKeyPathKey, "the path of the certificate's private key in PEM (it may be the same file)");
        var pem = ReadFile(reader, pathKey, path);
        var privateKeyPem = ReadFile(reader, privateKeyPathKey, privateKeyPath);
        if (pem is null || privateKeyPem is null)
        {
            return null;
        }

        if (Try(() => X509Certificate2.CreateFromPem(pem)) is not { } bare)
        {
            reader.Fault(pathKey, "names a file without a certificate in PEM; give one.");
            return null;
        }

        using (bare)
        {
            using var rsa = bare.GetRSAPublicKey();
            if (rsa is null)
            {
                reader.Fault(pathKey, "names a certificate that is not RSA; make one with an RSA key, as Data Protection needs it.");
                return null;
            }

            if (Try(() => X509Certificate2.CreateFromPem(pem, privateKeyPem)) is { } certificate)
            {
                return certificate;
            }

            reader.Fault(privateKeyPathKey, "names a file without the certificate's private key, unencrypted in PEM; give that one.");
            return null;
        }
    }

    private static string? ReadFile(ConfigurationReader reader, string key, string path)
    {
        if (path.Length == 0)
        {
            return null; // already noted as missing
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reader.Fault(key, "names a file that cannot be read; correct the path or the file's permissions.");
            return null;
        }
    }

    private static X509Certificate2? Try(Func<X509Certificate2> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null; // the caller notes it under its key
        }
    }
}
