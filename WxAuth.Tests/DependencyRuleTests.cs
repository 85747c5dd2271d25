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

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);
}
