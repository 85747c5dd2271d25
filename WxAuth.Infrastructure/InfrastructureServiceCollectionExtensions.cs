using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Admin;
using WxAuth.Domain.Audit;
using WxAuth.Domain.Login;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.Users;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.Accounts;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Sessions;
using WxAuth.Infrastructure.Startup;
using WxAuth.Infrastructure.Tokens;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Infrastructure;

/// <summary>The only way into this project.</summary>
public static class InfrastructureServiceCollectionExtensions
{
    /// <summary>Registers the other side of the domain's ports: PostgreSQL, WeChat, tokens and keys.</summary>
    /// <remarks>The caller registers <see cref="IOptions{TOptions}"/> of <see cref="WeChatOptions"/> and <see cref="JwtOptions"/>.</remarks>
    public static IServiceCollection AddWxAuthInfrastructure(
        this IServiceCollection services, DatabaseOptions database, DataProtectionSettings dataProtection) => services
            .AddPersistence(database)
            .AddSingleton<Readiness>()
            // Before Data Protection's own hosted service, which wants to read the key ring: the table must be there.
            .AddHostedService<StartupService>()
            .AddSingleton(provider => new KeyRingCheck(provider.GetRequiredService<NpgsqlDataSource>(), dataProtection))
            .AddSealing(dataProtection)
            .AddPasswordHashing()
            .AddTokens()
            .AddWeChat()
            .AddSingleton<EndedSessions>()
            .AddSingleton<IEndedSessions>(provider => provider.GetRequiredService<EndedSessions>())
            .AddHostedService<DatabaseNews>()
            .AddHostedService<SigningKeyRotation>()
            .AddHostedService<LiveSessionCount>()
            .AddSingleton<ExpiredDataCleaner>()
            .AddHostedService(provider => provider.GetRequiredService<ExpiredDataCleaner>());

    private static IServiceCollection AddPersistence(this IServiceCollection services, DatabaseOptions database)
    {
        services.AddSingleton(database);
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(WxAuthConnectionString.WithDefaults(database.ConnectionString)).Build());
        services.AddPooledDbContextFactory<WxAuthDbContext>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<WxAuthDbContext>>().CreateDbContext());
        services.AddSingleton<LoginTurns>();
        services.AddScoped<ILoginStore, LoginStore>();
        services.AddScoped<ISessionStore, SessionStore>();
        services.AddSingleton<IEndedSessionsFeed, EndedSessionsFeed>();
        services.AddScoped<IUserStore, UserStore>();
        services.AddScoped<IAvatarStore, AvatarStore>();
        services.AddSingleton<ExportTurns>();
        services.AddSingleton<IAvatarPieces, AvatarPieces>();
        services.AddScoped<IPersonalDataStore, PersonalDataStore>();
        services.AddScoped<IPushStore, PushStore>();
        services.AddScoped<IAccountStore, AccountStore>();
        services.AddScoped<IAdminStore, AdminStore>();
        services.AddScoped<IAuditStore, AuditStore>();
        return services;
    }

    private static IServiceCollection AddSealing(this IServiceCollection services, DataProtectionSettings settings)
    {
        // Each login seals a session_key: GCM takes two thirds of the time of the default, CBC with HMAC. Keys made before keep theirs.
        var builder = services.AddDataProtection().SetApplicationName("WxAuth")
            .UseCryptographicAlgorithms(new AuthenticatedEncryptorConfiguration { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM });
        if (settings.Certificate is { } certificate)
        {
            builder.ProtectKeysWithCertificate(certificate).UnprotectKeysWithAnyCertificate([certificate, .. settings.PreviousCertificates]);
        }

        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(
            options => options.XmlRepository = new DataProtectionKeyStore(provider.GetRequiredService<NpgsqlDataSource>())));
        return services;
    }

    private static IServiceCollection AddPasswordHashing(this IServiceCollection services)
    {
        services.TryAddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        return services.AddSingleton<IPasswordHasher, PasswordHashing>();
    }

    private static IServiceCollection AddTokens(this IServiceCollection services) => services
        .AddSingleton<TokenKeys>()
        .AddSingleton<IPublishedKeys>(provider => provider.GetRequiredService<TokenKeys>())
        .AddSingleton<IAccessTokenIssuer, AccessTokenIssuer>()
        .AddSingleton<IRefreshTokens, RefreshTokens>()
        .AddSingleton(provider => new AccessTokenValidator(
            provider.GetRequiredService<TokenKeys>(),
            provider.GetRequiredService<IOptions<JwtOptions>>(),
            provider.GetRequiredService<TimeProvider>()));
}
