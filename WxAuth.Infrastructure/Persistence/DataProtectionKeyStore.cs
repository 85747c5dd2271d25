using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>One element of Data Protection's key ring: sealed with the configured certificate, where there is one.</summary>
internal sealed class DataProtectionKey
{
    public required string FriendlyName { get; init; }

    public required string Xml { get; init; }
}

/// <summary>Keeps Data Protection's key ring in the database, so that all nodes share it. It is read before the process can serve, see <see cref="DirectStatements"/>.</summary>
internal sealed class DataProtectionKeyStore(NpgsqlDataSource database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.CreateCommand("SELECT xml FROM data_protection_keys ORDER BY friendly_name");
        using var row = command.ExecuteReader();
        var elements = new List<XElement>();
        while (row.Read())
        {
            elements.Add(XElement.Parse(row.GetString(0)));
        }

        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = database.CreateCommand("INSERT INTO data_protection_keys (friendly_name, xml) VALUES ($1, $2)")
            .With(friendlyName).With(element.ToString(SaveOptions.DisableFormatting));
        command.ExecuteNonQuery();
    }
}
