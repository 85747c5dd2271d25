using System.Reflection;
using WxAuth.Api;
using WxAuth.Domain.Login;
using WxAuth.Infrastructure;

namespace WxAuth.Tests;

public sealed class DependencyRuleTests
{
    [Fact]
    public void The_domain_references_no_framework() =>
        Assert.All(References(typeof(LoginService).Assembly), name => Assert.True(
            name.StartsWith("System", StringComparison.Ordinal) || name == "Microsoft.Extensions.Logging.Abstractions", name));

    [Fact]
    public void Infrastructure_does_not_know_the_api() =>
        Assert.DoesNotContain("WxAuth.Api", References(typeof(InfrastructureServiceCollectionExtensions).Assembly));

    [Fact]
    public void The_api_touches_no_database_driver() =>
        Assert.All(References(typeof(WxAuthApplication).Assembly), name => Assert.False(
            name.StartsWith("Npgsql", StringComparison.Ordinal) || name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal), name));

    [Fact]
    public void Infrastructure_is_internal_but_for_its_entrance_and_its_options()
    {
        var surprising = typeof(InfrastructureServiceCollectionExtensions).Assembly.GetExportedTypes()
            .Where(type => type.Namespace?.EndsWith("Migrations", StringComparison.Ordinal) != true)
            .Where(type => typeof(Delegate).IsAssignableFrom(type) || type.IsInterface);

        Assert.Empty(surprising);
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);
}
