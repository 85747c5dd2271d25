using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using WxAuth.Domain.Sessions;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Startup;

/// <summary>Ready: the start is done (schema, keys) and the database answers now.</summary>
public sealed class DatabaseCheck(Readiness readiness, NpgsqlDataSource dataSource) : IHealthCheck
{
    /// <summary>A load balancer does not wait for longer either.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1.5);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!readiness.IsReady)
        {
            return HealthCheckResult.Unhealthy();
        }

        try
        {
            // Npgsql's own limit is not enough: it waits again for a connection to cancel what took too long.
            return await AskAsync(cancellationToken).WaitAsync(AnswerLimit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy(nameof(TimeoutException));
        }
    }

    private async Task<HealthCheckResult> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A question that the server itself must answer: a pooled connection looks sound for as long as nobody uses it.
            await using var command = dataSource.CreateCommand("SELECT 1");
            command.CommandTimeout = 1;
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (DatabaseFaults.IsUnavailable(e))
        {
            return HealthCheckResult.Unhealthy(DatabaseFaults.NameOf(e));
        }
    }
}

/// <summary>Ready: this node hears of ended sessions, or lost touch only just now.</summary>
public sealed class EndedSessionsCheck(IEndedSessions endedSessions) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(endedSessions.IsTrusted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
