using WxAuth.Domain.Accounts;
using WxAuth.Domain.Admin;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Api.Playground;

/// <summary>
/// Makes the account that the playground binds, once the database is there. Its password is no secret, and it has no role: who can
/// reach a server with the simulator can be anybody on it anyway.
/// </summary>
internal sealed class PlaygroundAccount(IServiceScopeFactory scopes, Readiness readiness) : BackgroundService
{
    public const string UserName = "playground";
    public const string Password = "for playing only";

    private readonly TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the account is there.</summary>
    public Task WhenMade => _made.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.Ready.WaitAsync(stoppingToken);
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<IAccountStore>();
        if (await accounts.FindCredentialsAsync(UserName, stoppingToken) is null)
        {
            // Another process may have been quicker: the account is there all the same.
            await scope.ServiceProvider.GetRequiredService<AdminService>()
                .CreateAccountAsync(UserName, Password, roles: [], by: null, ip: null, stoppingToken);
        }

        _made.SetResult();
    }
}

/// <summary>Registers <see cref="PlaygroundAccount"/>.</summary>
internal static class PlaygroundAccountSetup
{
    public static IServiceCollection AddPlaygroundAccount(this IServiceCollection services) => services
        .AddSingleton<PlaygroundAccount>()
        .AddHostedService(provider => provider.GetRequiredService<PlaygroundAccount>());
}
