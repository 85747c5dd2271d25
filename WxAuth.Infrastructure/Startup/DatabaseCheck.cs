using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Startup;

/// <summary>Ready: the start is done (schema, keys) and the database answers now.</summary>
public sealed class DatabaseCheck(Readiness readiness, IServiceScopeFactory scopes) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!readiness.IsReady)
        {
            return HealthCheckResult.Unhealthy();
        }

        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<WxAuthDbContext>().Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy();
    }
}

/// <summary>Ready: this node hears of ended sessions, or lost touch only just now.</summary>
public sealed class EndedSessionsCheck(IEndedSessions endedSessions) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(endedSessions.IsTrusted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
