using WxAuth.Api;
using WxAuth.Api.Accounts;
using WxAuth.Api.Configuration;
using WxAuth.Infrastructure.Accounts;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

var builder = WxAuthApplication.CreateBuilder(args);
using var startLogging = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
return args switch
{
    ["migrate", ..] => await MigrateAsync(),
    ["create-account", .. var arguments] => await CreateAccountAsync(arguments),
    _ => await ServeAsync(),
};

async Task<int> MigrateAsync()
{
    var connectionString = StartupConfiguration.LoadConnectionString(builder.Configuration, builder.Environment);
    if (connectionString.Refuses(Console.Error))
    {
        return 1;
    }

    await using var postgres = await StartPrivatePostgresAsync(connectionString.Value);
    await MigrateVerb.RunAsync(connectionString.Value ?? postgres!.ConnectionString, Console.Out, CancellationToken.None);
    return 0;
}

async Task<int> CreateAccountAsync(string[] arguments)
{
    var connectionString = StartupConfiguration.LoadConnectionString(builder.Configuration, builder.Environment);
    using var input = new StreamReader(Console.OpenStandardInput());
    var account = CreateAccountCommand.Read(arguments, input, Console.Error);
    if (connectionString.Refuses(Console.Error) || account is null)
    {
        return 1;
    }

    await using var postgres = await StartPrivatePostgresAsync(connectionString.Value);
    if (postgres is not null)
    {
        await MigrateVerb.RunAsync(postgres.ConnectionString, TextWriter.Null, CancellationToken.None);
    }

    var made = await CreateAccountVerb.RunAsync(
        connectionString.Value ?? postgres!.ConnectionString, account.UserName, account.Password, account.Roles, Console.Error, CancellationToken.None);
    return made ? 0 : 1;
}

async Task<int> ServeAsync()
{
    var configuration = StartupConfiguration.Load(builder.Configuration, builder.Environment);
    if (configuration.Refuses(Console.Error))
    {
        return 1;
    }

    var settings = configuration.Value;
    await using var postgres = await StartPrivatePostgresAsync(settings.Database.ConnectionString);
    if (postgres is not null)
    {
        settings = settings with { Database = settings.Database with { ConnectionString = postgres.ConnectionString } };
    }

    DatabaseThreads.Reserve(settings.Database.ConnectionString!);
    await using var app = builder.BuildWxAuth(settings);
    if (await app.Services.GetRequiredService<KeyRingCheck>().FindFaultIfReachableAsync(CancellationToken.None) is { } fault)
    {
        await Console.Error.WriteLineAsync(fault);
        return 1;
    }

    await app.RunAsync();
    return 0;
}

// Development without a connection string: a private cluster under the working directory.
async Task<PrivatePostgres?> StartPrivatePostgresAsync(string? connectionString) => connectionString is not null
    ? null
    : await PrivatePostgres.StartAsync(
        Path.GetFullPath(Path.Combine(".wxauth", "postgres")), startLogging.CreateLogger<PrivatePostgres>(), TimeProvider.System, CancellationToken.None);
