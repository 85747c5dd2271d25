using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>One element of Data Protection's key ring: sealed with the configured certificate, where there is one.</summary>
internal sealed class DataProtectionKey
{
    public required string FriendlyName { get; init; }

    public required string Xml { get; init; }
}

/// <summary>Keeps Data Protection's key ring in the database, so that all nodes share it.</summary>
internal sealed class DataProtectionKeyStore(IDbContextFactory<WxAuthDbContext> contexts) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = contexts.CreateDbContext();
        return [.. db.DataProtectionKeys.AsNoTracking().OrderBy(key => key.FriendlyName).Select(key => key.Xml).AsEnumerable().Select(xml => XElement.Parse(xml))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = contexts.CreateDbContext();
        db.DataProtectionKeys.Add(new DataProtectionKey { FriendlyName = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}
