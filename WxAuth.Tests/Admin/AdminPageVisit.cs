using Microsoft.Playwright;

namespace WxAuth.Tests.Admin;

/// <summary>The words of the page that its tests click on, in one language.</summary>
public sealed record AdminPageWords(
    string UserName, string Password, string SignIn, string SignOut, string Search, string LoadMore, string Disable, string Enable,
    string EndSessions, string SaveRoles, string NewAccount, string Create, string Activity, string Cancel)
{
    public static AdminPageWords Of(string locale) => locale.StartsWith("zh", StringComparison.Ordinal)
        ? new("用户名", "密码", "登录", "退出", "搜索用户", "加载更多", "停用", "启用", "结束所有会话", "保存角色", "新建账号", "创建", "动态", "取消")
        : new("User name", "Password", "Sign in", "Sign out", "Search users", "Load more", "Disable", "Enable", "End all sessions",
            "Save roles", "New account", "Create", "Activity", "Cancel");
}

/// <summary>What an administrator does on the page, step by step.</summary>
public sealed class AdminPageVisit(BrowserVisit visit, AdminPageWords words)
{
    public BrowserVisit Browser => visit;

    public IPage Page => visit.Page;

    public AdminPageWords Words => words;

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    public ILocator Problem => Page.GetByRole(AriaRole.Alert);

    public ILocator Rows => Page.Locator("table.users tbody tr");

    public ILocator Roles => Page.Locator("form:has(#save-roles) input");

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async Task SignInAsync(string userName, string password)
    {
        await Page.GetByLabel(words.UserName).FillAsync(userName);
        await Page.GetByLabel(words.Password).FillAsync(password);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Searches for the user and opens its page; the name must lead to one user alone.</summary>
    public async Task OpenUserAsync(string name)
    {
        await Page.GetByLabel(words.Search).FillAsync(name);
        await Assertions.Expect(Rows).ToHaveCountAsync(1);
        // The list from before the search may have had one row, too.
        await Assertions.Expect(Rows).ToContainTextAsync(name);
        await Rows.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true })).ToBeVisibleAsync();
    }

    /// <summary>Presses the button and then the one of the same name in the dialog that asks.</summary>
    public async Task ConfirmAsync(string action)
    {
        await Button(action).ClickAsync();
        await Dialog.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
    }
}
