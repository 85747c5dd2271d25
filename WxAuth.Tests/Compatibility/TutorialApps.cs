using WxAuth.Tests.Accounts;

namespace WxAuth.Tests.Compatibility;

/// <summary>Two apps, so that a login without appId is ambiguous everywhere but here; the tutorials know only the first.</summary>
public sealed class TwoAppsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Apps =>
        [.. base.Apps, new("WeChat:Apps:1:AppId", "wx0000000000000002"), new("WeChat:Apps:1:AppSecret", "unused")];

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("Compatibility:TutorialRoutes", "true")];
}

/// <summary>The first app wants bound accounts. There are menus, of which some want roles.</summary>
public sealed class BindingApp(TestCluster cluster) : AccountsApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Apps => [.. base.Apps, new("WeChat:Apps:0:RequireBinding", "true")];
}

/// <summary>The switch is off.</summary>
public sealed class NoTutorialsApp(TestCluster cluster) : WxAuthApp(cluster)
{
    protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("Compatibility:TutorialRoutes", "false")];
}
