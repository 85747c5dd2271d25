using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Telemetry;
using WxAuth.Infrastructure.Persistence;
using WxAuth.Infrastructure.Startup;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>Looks often enough whether the next signing key is due, or has been made by another node.</summary>
internal sealed partial class SigningKeyRotation(TokenKeys keys, Readiness readiness, TimeProvider timeProvider, ILogger<SigningKeyRotation> logger)
    : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.KeysLoaded.WaitAsync(stoppingToken);
        WxAuthTelemetry.Meter.CreateObservableGauge(
            "wxauth.signing_key.age",
            AgeOfSigner,
            "s",
            "Time since the signing key began to sign.");

        // Four looks within the lead: a key is known everywhere long before it signs.
        var interval = keys.Lead / 4 < Longest ? keys.Lead / 4 : Longest;
        using var timer = new PeriodicTimer(interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await keys.ReloadAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFaults.IsUnavailable(e))
            {
                Log.NotReloaded(logger, e.GetType().Name);
            }
            catch (CryptographicException e)
            {
                Log.NotOpened(logger, e.Message);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A bug; but a node that can serve goes on serving.
                Log.Broken(logger, e);
            }
        }
    }

    private double AgeOfSigner()
    {
        var now = timeProvider.GetUtcNow();
        return (now - keys.Current.SignerAt(now).ActivatesAt).TotalSeconds;
    }

    private static partial class Log
    {
        [LoggerMessage(3202, LogLevel.Warning, "The signing keys could not be read ({Fault}); those read before stay in use.")]
        public static partial void NotReloaded(ILogger logger, string fault);

        [LoggerMessage(3203, LogLevel.Error, "The signing keys could not be opened ({Fault}); those read before stay in use.")]
        public static partial void NotOpened(ILogger logger, string fault);

        [LoggerMessage(3205, LogLevel.Error, "Signing keys could not be read for a reason that nothing foresees; it is tried again later.")]
        public static partial void Broken(ILogger logger, Exception exception);
    }
}
