using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace WxAuth.Tests.Admin;

/// <summary>
/// A running server for the tests of the page. Its one administrator is the one named here; nobody else signs in as it while
/// they run, and its rate limits leave room for some dozen logins a minute.
/// </summary>
public interface IAdminPageHost
{
    /// <summary>Scheme, host and port.</summary>
    Uri BaseUrl { get; }

    string AdminUserName { get; }

    string AdminPassword { get; }

    /// <summary>Makes an enabled user with this nickname, without roles, by one login in a mini-program: one live session.</summary>
    Task AddUserAsync(string nickname);
}

/// <summary>The administrator's page in a real browser against a real server. A class per server derives from it.</summary>
public abstract partial class AdminPageTests(Browser browser, IAdminPageHost host)
{
    public static TheoryData<string, int, bool> Looks => new()
    {
        { "zh-CN", 390, true },
        { "zh-CN", 1280, false },
        { "en-US", 390, false },
        { "en-US", 1280, true },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public Task An_administrator_finds_a_user_and_disables_and_enables_it(string locale, int width, bool dark) =>
        SignedInAsync(new BrowserSettings(locale, width, Dark: dark), async admin =>
        {
            var name = $"Toggle {locale} {width}";
            await host.AddUserAsync(name);
            await admin.OpenUserAsync(name);
            Assert.Equal(0, await admin.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"));
            await Expect(admin.Page.Locator(".sessions tbody tr")).ToHaveCountAsync(1);

            await admin.ConfirmAsync(admin.Words.Disable);
            await Expect(admin.Page.Locator(".head .badge.disabled")).ToBeVisibleAsync();
            await Expect(admin.Page.Locator("#live")).ToContainTextAsync("0");

            await admin.ConfirmAsync(admin.Words.Enable);
            await Expect(admin.Page.Locator(".head .badge.active")).ToBeVisibleAsync();
        });

    [Fact]
    public Task Ending_the_sessions_of_a_user_shows_in_the_number_and_in_the_audit_trail() => SignedInAsync(English, async admin =>
    {
        await host.AddUserAsync("Sessions ended");
        await admin.OpenUserAsync("Sessions ended");
        await Expect(admin.Page.Locator("#live")).ToContainTextAsync("1");

        await admin.ConfirmAsync(admin.Words.EndSessions);

        await Expect(admin.Page.Locator("#live")).ToContainTextAsync("0");
        await Expect(admin.Page.Locator(".event").First).ToContainTextAsync("Session ended");
    });

    [Fact]
    public Task Roles_are_saved_and_a_bad_one_is_told_with_its_field() => SignedInAsync(English, async admin =>
    {
        await host.AddUserAsync("Roles changed");
        await admin.OpenUserAsync("Roles changed");

        admin.Browser.Expect(400, "/roles");
        await admin.Roles.FillAsync("NOT allowed");
        await admin.ConfirmAsync(admin.Words.SaveRoles);
        await Expect(admin.Problem.Locator("li")).ToContainTextAsync("roles");

        await admin.Roles.FillAsync("editor, night-shift");
        await admin.ConfirmAsync(admin.Words.SaveRoles);
        await Expect(admin.Page.Locator(".facts .chip")).ToHaveTextAsync(["editor", "night-shift"]);
    });

    [Fact]
    public Task An_account_without_the_role_is_made_and_cannot_come_in() => SignedInAsync(English, async admin =>
    {
        await admin.Button(admin.Words.NewAccount).ClickAsync();
        await admin.Dialog.GetByLabel(admin.Words.UserName).FillAsync("page.visitor");
        await admin.Dialog.GetByLabel(admin.Words.Password).FillAsync("correct horse battery");
        await admin.Dialog.GetByRole(AriaRole.Button, new() { Name = admin.Words.Create, Exact = true }).ClickAsync();
        await Expect(admin.Page.GetByRole(AriaRole.Heading, new() { Name = "page.visitor" })).ToBeVisibleAsync();

        await admin.Button(admin.Words.SignOut).ClickAsync();
        await admin.SignInAsync("page.visitor", "correct horse battery");

        await Expect(admin.Problem).ToContainTextAsync("Not an administrator");
        await Expect(admin.Page.Locator("#nav")).ToBeHiddenAsync();
    });

    [Fact]
    public Task A_wrong_password_is_told_in_the_language_of_the_page_with_its_trace_id() => VisitAsync(English, async admin =>
    {
        admin.Browser.Expect(401, "/api/auth/password");
        await admin.SignInAsync(host.AdminUserName, "certainly wrong");

        await Expect(admin.Problem.Locator(".trace code")).Not.ToBeEmptyAsync();
        Assert.DoesNotMatch(HanCharacters(), await admin.Problem.TextContentAsync() ?? "");

        await admin.Page.Locator("#language").ClickAsync();
        await admin.Page.GetByLabel("密码").FillAsync("certainly wrong");
        await admin.Page.Keyboard.PressAsync("Enter");
        await Expect(admin.Problem.Locator(".problem-title")).ToHaveTextAsync(HanCharacters());
    });

    [Fact]
    public Task The_last_administrator_is_refused_and_stays_signed_in() => SignedInAsync(English, async admin =>
    {
        await admin.OpenUserAsync(host.AdminUserName);
        admin.Browser.Expect(409, "/disable");
        await admin.ConfirmAsync(admin.Words.Disable);

        await Expect(admin.Problem.Locator(".trace code")).Not.ToBeEmptyAsync();
        await Expect(admin.Page.Locator("#nav")).ToBeVisibleAsync();
    });

    [Fact]
    public Task An_ended_session_leads_back_to_the_sign_in_with_the_reason() => SignedInAsync(English, async admin =>
    {
        await admin.OpenUserAsync(host.AdminUserName);
        admin.Browser.Expect(401, "/api/admin/");
        await admin.ConfirmAsync(admin.Words.EndSessions);

        await Expect(admin.Button(admin.Words.SignIn)).ToBeVisibleAsync();
        await Expect(admin.Problem).ToContainTextAsync("ended by an administrator");
    });

    [Fact]
    public Task More_users_are_loaded_a_page_at_a_time_and_none_comes_twice() => SignedInAsync(English, async admin =>
    {
        foreach (var number in Enumerable.Range(0, 55))
        {
            await host.AddUserAsync($"Paged {number:00}");
        }

        await admin.Page.GetByLabel(admin.Words.Search).FillAsync("Paged");
        await Expect(admin.Rows.First).ToContainTextAsync("Paged");
        await Expect(admin.Rows).ToHaveCountAsync(50);
        await admin.Button(admin.Words.LoadMore).ClickAsync();
        await Expect(admin.Rows).ToHaveCountAsync(55);

        var names = await admin.Rows.Locator("bdi").AllTextContentsAsync();
        Assert.Equal(55, names.Distinct(StringComparer.Ordinal).Count());
        await Expect(admin.Rows.Nth(50).GetByRole(AriaRole.Link)).ToBeFocusedAsync();
    });

    [Fact]
    public Task A_nickname_that_looks_like_markup_is_text() => SignedInAsync(English, async admin =>
    {
        const string Nickname = "<i>Italic</i><img src=x onerror=alert(1)>";
        await host.AddUserAsync(Nickname);

        await admin.OpenUserAsync(Nickname);

        Assert.Equal(0, await admin.Page.Locator("main img[src=x]").CountAsync());
    });

    [Fact]
    public Task The_chart_counts_the_login_that_opened_it_and_has_a_table() => SignedInAsync(English, async admin =>
    {
        await admin.Page.GetByRole(AriaRole.Link, new() { Name = admin.Words.Activity }).ClickAsync();

        await Expect(admin.Page.GetByRole(AriaRole.Img, new() { NameRegex = LoginsChart() })).ToBeVisibleAsync();
        var counts = await admin.Page.Locator("details tbody .number").AllTextContentsAsync();
        Assert.Equal(24, counts.Count);
        // The hour may have turned since the login.
        Assert.Contains(counts.TakeLast(2), count => count is not "0");
    });

    [Fact]
    public Task An_expired_token_is_refreshed_without_a_word() => SignedInAsync(English, async admin =>
    {
        var expired = 0;
        await admin.Page.RouteAsync("**/api/admin/audit*", route => Interlocked.Increment(ref expired) == 1
            ? FulfillAsync(route, 401, "token_expired", "refresh")
            : route.ContinueAsync());
        admin.Browser.Expect(401, "/api/admin/audit");

        var refreshed = await admin.Page.RunAndWaitForResponseAsync(
            () => admin.Page.GetByRole(AriaRole.Link, new() { Name = admin.Words.Activity }).ClickAsync(), "**/api/auth/refresh");

        Assert.Equal(200, refreshed.Status);
        await Expect(admin.Page.Locator("svg.chart")).ToBeVisibleAsync();
        await Expect(admin.Problem).ToHaveCountAsync(0);
    });

    [Fact]
    public Task A_rate_limit_says_when_to_try_again() => SignedInAsync(English, async admin =>
    {
        await admin.Page.RouteAsync("**/api/admin/users?*", route => FulfillAsync(route, 429, "rate_limited", "retry_later"));
        admin.Browser.Expect(429, "/api/admin/users");

        await admin.Page.GetByLabel(admin.Words.Search).FillAsync("anybody");

        await Expect(admin.Problem).ToContainTextAsync("Try again in 17 seconds.");
    });

    [Fact]
    public Task The_keyboard_alone_opens_a_dialog_leaves_it_and_is_where_it_was() => SignedInAsync(English, async admin =>
    {
        await admin.Button(admin.Words.NewAccount).FocusAsync();
        await admin.Page.Keyboard.PressAsync("Enter");
        await Expect(admin.Dialog.GetByLabel(admin.Words.UserName)).ToBeFocusedAsync();

        await admin.Page.Keyboard.PressAsync("Escape");

        await Expect(admin.Dialog).ToHaveCountAsync(0);
        await Expect(admin.Button(admin.Words.NewAccount)).ToBeFocusedAsync();
    });

    [Fact]
    public Task A_reload_signs_out_since_nothing_is_kept() => SignedInAsync(English, async admin =>
    {
        Assert.Equal(0, await admin.Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length"));

        await admin.Page.ReloadAsync();

        await Expect(admin.Button(admin.Words.SignIn)).ToBeVisibleAsync();
    });

    private static BrowserSettings English => new("en-US");

    private static Task FulfillAsync(IRoute route, int status, string code, string action) => route.FulfillAsync(new()
    {
        Status = status,
        ContentType = "application/problem+json",
        Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Retry-After"] = "17" },
        Body = $$"""{"title": "{{code}}", "status": {{status}}, "code": "{{code}}", "action": "{{action}}", "traceId": "0"}""",
    });

    private Task VisitAsync(BrowserSettings settings, Func<AdminPageVisit, Task> story) => browser.VisitAsync(
        new Uri(host.BaseUrl, "/admin"), visit => story(new AdminPageVisit(visit, AdminPageWords.Of(settings.Locale))), settings);

    private Task SignedInAsync(BrowserSettings settings, Func<AdminPageVisit, Task> story) => VisitAsync(settings, async admin =>
    {
        await admin.SignInAsync(host.AdminUserName, host.AdminPassword);
        await Expect(admin.Rows.First).ToBeVisibleAsync();
        await story(admin);
    });

    [GeneratedRegex("[\u4e00-\u9fff]", RegexOptions.None, 1000)]
    private static partial Regex HanCharacters();

    [GeneratedRegex("logins per hour", RegexOptions.None, 1000)]
    private static partial Regex LoginsChart();
}
