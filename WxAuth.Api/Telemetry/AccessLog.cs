using Microsoft.AspNetCore.HttpLogging;

namespace WxAuth.Api.Telemetry;

/// <summary>
/// The access log: one line a request with method, path, status and duration, by the framework's own middleware. Off, as the category
/// <c>Microsoft.AspNetCore</c> is at Warning; <c>Logging:LogLevel:Microsoft.AspNetCore.HttpLogging=Information</c> switches it on.
/// </summary>
internal static class AccessLog
{
    public static IServiceCollection AddAccessLog(this IServiceCollection services) => services.AddHttpLogging(options =>
    {
        // Never the query: on some routes it is a code or a signature.
        options.LoggingFields = HttpLoggingFields.RequestMethod | HttpLoggingFields.RequestPath
            | HttpLoggingFields.ResponseStatusCode | HttpLoggingFields.Duration;
        options.CombineLogs = true;
    });
}
