namespace WxAuth.Api.Requests;

/// <summary>
/// At level Trace MVC logs the arguments of every action: codes, tokens, passwords. That one category stays at Debug, whatever the
/// configuration says of it, for one provider or for all.
/// </summary>
internal static class ArgumentLogging
{
    private const string Category = "Microsoft.AspNetCore.Mvc.Infrastructure.ControllerActionInvoker";

    public static IServiceCollection AddSilentArguments(this IServiceCollection services) => services.PostConfigure<LoggerFilterOptions>(options =>
    {
        // A provider's own rules count before those for all; of equally long categories the last rule counts.
        foreach (var provider in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToList())
        {
            var level = LevelOf(options, provider);
            options.Rules.Add(new LoggerFilterRule(provider, Category, level > LogLevel.Debug ? level : LogLevel.Debug, filter: null));
        }
    });

    private static LogLevel LevelOf(LoggerFilterOptions options, string? provider) => options.Rules
        .Where(rule => (rule.ProviderName is null || rule.ProviderName == provider)
            && (rule.CategoryName is null || Category.StartsWith(rule.CategoryName, StringComparison.OrdinalIgnoreCase)))
        .OrderBy(rule => rule.ProviderName is null ? 0 : 1)
        .ThenBy(rule => rule.CategoryName?.Length ?? 0)
        .LastOrDefault()?.LogLevel ?? options.MinLevel;
}
