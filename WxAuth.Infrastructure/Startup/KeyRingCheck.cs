using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Startup;

/// <summary>
/// Whether this process has the certificates to open the keys in the database. Asked before Data Protection reads its key ring: finding a
/// ring that it cannot open, that would add a key of its own, which the other nodes cannot open.
/// </summary>
public sealed class KeyRingCheck
{
    // https://learn.microsoft.com/aspnet/core/security/data-protection/implementation/authenticated-encryption-details
    private const uint MagicHeader = 0x09F0C9F0;
    private const int KeyIdOffset = 4;
    private const int KeyIdLength = 16;

    private readonly NpgsqlDataSource _database;
    private readonly DataProtectionSettings _settings;

    internal KeyRingCheck(NpgsqlDataSource database, DataProtectionSettings settings) => (_database, _settings) = (database, settings);

    /// <summary>Looks, unless the database cannot be reached yet or has no schema yet.</summary>
    /// <returns>What is missing, as one line that names the key and the mend; <c>null</c> where nothing is known to be.</returns>
    public async Task<string?> FindFaultIfReachableAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await FindFaultAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFaults.IsUnavailableOrUnmigrated(e))
        {
            // No fault of the configuration: the process starts all the same, and looks again when the database is there.
            return null;
        }
    }

    /// <inheritdoc cref="FindFaultIfReachableAsync"/>
    internal async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        HashSet<Guid> needed;
        await using (var connection = await _database.OpenConnectionAsync(cancellationToken))
        {
            needed = [.. (await SigningKeyTable.ReadAsync(connection, cancellationToken)).Select(key => RingKeyOf(key.Sealed))];
        }

        if (needed.Count == 0)
        {
            return null;
        }

        var ring = new DataProtectionKeyStore(_database).GetAllElements()
            .Where(element => element.Attribute("id") is not null)
            .ToDictionary(element => Guid.Parse(element.Attribute("id")!.Value));
        var thumbprints = _settings.PreviousCertificates.Append(_settings.Certificate).Select(certificate => certificate?.Thumbprint).ToHashSet(StringComparer.Ordinal);
        foreach (var id in needed)
        {
            if (!ring.TryGetValue(id, out var element))
            {
                return $"The table data_protection_keys lacks the key {id}, with which signing_keys are sealed; restore both tables from one backup.";
            }

            if (CertificateOf(element) is { } certificate && !thumbprints.Contains(certificate.Thumbprint))
            {
                return $"DataProtection:PreviousCertificates lacks the certificate {certificate.Subject} with the SHA-1 thumbprint {certificate.Thumbprint}, "
                    + "with which the keys in the database are sealed; add its Path and KeyPath.";
            }
        }

        return null;
    }

    private static Guid RingKeyOf(byte[] payload) =>
        payload.Length > KeyIdOffset + KeyIdLength && BinaryPrimitives.ReadUInt32BigEndian(payload) == MagicHeader
            ? new Guid(payload.AsSpan(KeyIdOffset, KeyIdLength))
            : Guid.Empty;

    // XML encryption names the certificate; a ring of Development is not encrypted.
    private static X509Certificate2? CertificateOf(XElement element) =>
        element.Descendants().FirstOrDefault(descendant => descendant.Name.LocalName == "X509Certificate")?.Value is { } text
            ? X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text))
            : null;
}

/// <summary>The keys in the database cannot be opened with the configured certificates.</summary>
public sealed class KeyRingException(string message) : Exception(message);
