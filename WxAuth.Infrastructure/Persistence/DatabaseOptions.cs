namespace WxAuth.Infrastructure.Persistence;

/// <summary>Where the database is, and whether a starting process brings its schema up to date.</summary>
/// <param name="ConnectionString">Npgsql's format.</param>
/// <param name="MigrateOnStartup">Whether migrations are applied at start; meant for development alone.</param>
public sealed record DatabaseOptions(string ConnectionString, bool MigrateOnStartup);
