using System.Reflection;

namespace WxAuth.Infrastructure.Persistence;

/// <summary>The SQL that belongs to a migration and that EF Core cannot say: functions and triggers.</summary>
internal static class MigrationScript
{
    /// <summary>Reads <c>Migrations/Sql/NAME.sql</c>. Like its migration, such a file is never edited after release.</summary>
    public static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"WxAuth.Infrastructure.Persistence.Migrations.Sql.{name}.sql")
            ?? throw new InvalidOperationException($"The migration script {name}.sql is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
