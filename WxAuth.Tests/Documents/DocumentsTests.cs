using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WxAuth.Api;
using WxAuth.Api.Problems;
using WxAuth.Domain.Login;
using WxAuth.Infrastructure;

namespace WxAuth.Tests.Documents;

/// <summary>What the documents say of the program is looked up in the program.</summary>
public sealed partial class DocumentsTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    [Fact]
    public void Every_problem_code_is_described_with_its_status_and_action()
    {
        var lines = Repository.Read("docs/api.md").Split('\n');

        Assert.All(ProblemCatalogue.All, entry =>
        {
            var action = $"`{Snake(entry.Action.ToString())}`";
            var onLogin = entry.ActionOnLogin is { } other ? $", on login `{Snake(other.ToString())}`" : "";
            Assert.Contains(lines, line => line.StartsWith($"| `{entry.Name}` | {entry.Status} | {action}{onLogin} | ", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_route_is_described()
    {
        var document = Repository.Read("docs/api.md");

        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ControllerActionDescriptor>() is not null || IsHealth(endpoint))
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Select(method => $"`{method} /{Constraint().Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), "}")}`"))
            .ToList();

        Assert.NotEmpty(routes);
        Assert.All(routes, route => Assert.Contains(route, document, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_log_event_is_described_with_its_level()
    {
        var rows = EventRow().Matches(Repository.Read("docs/operations.md"))
            .SelectMany(row => row.Groups["ids"].Value.Split(", ").SelectMany(Range).Select(id => (Id: id, Level: row.Groups["level"].Value)))
            .ToDictionary(row => row.Id, row => row.Level);

        var events = new[] { typeof(WxAuthApplication).Assembly, typeof(LoginService).Assembly, typeof(DataProtectionSettings).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .ToList();

        Assert.NotEmpty(events);
        Assert.All(events, item => Assert.True(
            rows.TryGetValue(item.EventId, out var level) && (level.Length == 0 || level == item.Level.ToString()), $"{item.EventId} {item.Level} {item.Message}"));
    }

    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        var broken = new List<string>();
        foreach (var file in Repository.MarkdownFiles())
        {
            foreach (Match link in Link().Matches(CodeBlock().Replace(Repository.Read(file), "")))
            {
                var (path, anchor) = (link.Groups["path"].Value, link.Groups["anchor"].Value);
                if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("mailto:", StringComparison.Ordinal))
                {
                    continue;
                }

                var target = path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, path);
                var full = Path.GetFullPath(Path.Combine(Repository.Root, target));
                if (!(File.Exists(full) || Directory.Exists(full)) || (anchor.Length > 0 && !AnchorsOf(full).Contains(anchor)))
                {
                    broken.Add($"{file}: {link.Value}");
                }
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void The_helper_for_business_services_is_shown_as_it_is() => Assert.Contains(
        $"```csharp\n{Repository.Read("docs/examples/EndedSessions.cs")}```", Repository.Read("docs/checking-tokens.md"), StringComparison.Ordinal);

    [Fact]
    public void Both_readmes_show_the_same_commands_and_settings()
    {
        var (english, chinese) = (Repository.Read("README.md"), Repository.Read("README.zh-CN.md"));

        // The drawing of the folders is prose in a frame.
        Assert.Equal(BlocksOf(english), BlocksOf(chinese));
        Assert.Equal(SettingsOf(english), SettingsOf(chinese));
        Assert.Equal(HeadingsOf(english).Count(), HeadingsOf(chinese).Count());
    }

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static bool IsHealth(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!.StartsWith("/health/", StringComparison.Ordinal);

    private static IEnumerable<int> Range(string ids)
    {
        var ends = ids.Split(" to ").Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToList();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }

    private static IEnumerable<string> BlocksOf(string document) =>
        CodeBlock().Matches(document).Select(block => block.Value).Where(block => !block.StartsWith("```\n", StringComparison.Ordinal));

    private static IEnumerable<string> SettingsOf(string document) => document.Split('\n')
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => string.Join(' ', Code().Matches(line.Split('|')[1]).Select(code => code.Value)));

    private static IEnumerable<string> HeadingsOf(string document) =>
        CodeBlock().Replace(document, "").Split('\n').Where(line => line.StartsWith('#'));

    // As GitHub makes them: lower case, blanks to hyphens, everything else but letters, digits, _ and - dropped.
    private static HashSet<string> AnchorsOf(string file) => HeadingsOf(File.ReadAllText(file))
        .Select(heading => string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant()
            .Select(sign => sign == ' ' ? "-" : char.IsLetterOrDigit(sign) || sign is '-' or '_' ? sign.ToString() : "")))
        .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@":[a-z]+\}", RegexOptions.None, 1000)]
    private static partial Regex Constraint();

    [GeneratedRegex(@"^\| (?<ids>\d{4}( to \d{4})?(, \d{4}( to \d{4})?)*) \| (?<level>[A-Za-z]*) ?\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EventRow();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]*)(#(?<anchor>[^)\s]+))?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`[^`]+`", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
