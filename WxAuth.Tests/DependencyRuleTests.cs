namespace WxAuth.Tests;

public sealed class DependencyRuleTests
{
    [Fact]
    public void Placeholder() => Assert.Equal(2, 1 + 1);
}
