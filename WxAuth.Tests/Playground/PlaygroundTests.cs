using WxAuth.Tests.Client;
using static Microsoft.Playwright.Assertions;

namespace WxAuth.Tests.Playground;

/// <summary>The playground in a real browser, against a server as <c>run.sh</c> starts it: each button and the story that it tells.</summary>
public sealed class PlaygroundTests(Browser browser, DevelopmentServer server) : IClassFixture<DevelopmentServer>
{
    private const string Login = "phone>wechat wx.login()";
    private static readonly string[] SignIn =
    [
        Login,
        "wechat>phone code",
        "phone>wxauth POST /api/auth/login",
        "wxauth>wechat jscode2session",
        "wechat>wxauth openid, session_key",
        "wxauth>phone 200 accessToken, refreshToken",
    ];

    public static TheoryData<string, int, bool> Looks => new()
    {
        { "zh-CN", 390, false },
        { "zh-CN", 1280, true },
        { "en-US", 390, true },
        { "en-US", 1000, false },
        { "en-US", 1280, false },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public Task Opening_it_from_scratch_is_one_login_in_either_language_and_at_each_width(string locale, int width, bool dark) =>
        VisitAsync(
            async page =>
            {
                await page.PlayAsync("open");

                Assert.Equal(SignIn, await page.RowsAsync());
                await AssertToldAsync(page, "open");
                await Expect(page.Page.Locator("#app-in")).ToBeVisibleAsync();
                Assert.Equal(0, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"));
                // What happened can be read where the page is now.
                await Expect(page.Story).ToBeInViewportAsync();
                await Expect(page.Page.Locator("#flow")).ToBeInViewportAsync();
            },
            new BrowserSettings(locale, width, Dark: dark));

    [Fact]
    public Task Ten_pages_at_once_make_one_login() => VisitAsync(async page =>
    {
        await page.PlayAsync("ten");

        var rows = await page.RowsAsync();
        Assert.Equal(
            [.. SignIn, "phone>wxauth GET /api/users/me ×10", "wxauth>phone 200 id, nickname, avatarUrl ×10"],
            rows);
        await AssertToldAsync(page, "ten");
    });

    [Fact]
    public Task An_expired_token_makes_one_refresh_for_ten_requests_and_no_login() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        await page.PlayAsync("expire");

        var rows = await page.RowsAsync();
        Assert.Equal(
            [
                "note the phone's clock moves on by 31 minutes",
                "phone>wxauth POST /api/auth/refresh",
                "wxauth>phone 200 accessToken, refreshToken",
                "phone>wxauth GET /api/users/me ×10",
                "wxauth>phone 200 id, nickname, avatarUrl ×10",
            ],
            rows);
        await AssertToldAsync(page, "expire");
    });

    [Fact]
    public Task A_lost_answer_is_asked_for_again_with_the_same_code() => VisitAsync(async page =>
    {
        await page.PlayAsync("lost");

        var rows = await page.RowsAsync();
        Assert.Equal(
            [
                .. SignIn[..5],
                "wxauth>phone the answer gets lost on its way",
                "note the system kills the mini-program; it is opened again",
                "phone>wxauth POST /api/auth/login",
                "wxauth>wechat jscode2session",
                "wechat>wxauth errcode",
                "wxauth>phone 200 accessToken, refreshToken",
            ],
            rows);
        await AssertToldAsync(page, "lost");
    });

    [Fact]
    public Task A_session_that_another_phone_ends_is_replaced_by_one_silent_login() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        page.Browser.Expect(401, "/api/users/me");
        await page.PlayAsync("elsewhere");

        var rows = await page.RowsAsync();
        Assert.Contains(rows, row => row.StartsWith("other phone>wxauth DELETE /api/users/me/sessions", StringComparison.Ordinal));
        Assert.Contains("wxauth>phone 401 session_revoked (revoked_by_user) → login_again", rows);
        Assert.Contains("note onSignedOut(\"revoked_by_user\"): the session is over", rows);
        Assert.Single(rows, row => row == Login);
        Assert.Equal("wxauth>phone 200 id, nickname, avatarUrl", rows.Last(row => !row.StartsWith("other", StringComparison.Ordinal)));
        await AssertToldAsync(page, "elsewhere");
    });

    [Fact]
    public Task While_wechat_is_down_the_phone_waits_and_takes_a_new_code_each_time() => VisitAsync(async page =>
    {
        page.Browser.Expect(503, "/api/auth/login");
        await page.PlayAsync("down");

        var rows = await page.RowsAsync();
        Assert.Equal(3, rows.Count(row => row == Login));
        Assert.Equal(2, rows.Count(row => row.StartsWith("wxauth>phone 503 wechat_unavailable → login_again, Retry-After ", StringComparison.Ordinal)));
        Assert.Equal(2, rows.Count(row => row.StartsWith("note waits ", StringComparison.Ordinal)));
        Assert.Equal(SignIn, rows[^SignIn.Length..]);
        await AssertToldAsync(page, "down");
    });

    [Fact]
    public Task A_code_that_was_used_before_is_replaced_once() => VisitAsync(async page =>
    {
        page.Browser.Expect(401, "/api/auth/login");
        await page.PlayAsync("twice");

        var rows = await page.RowsAsync();
        Assert.Equal(2, rows.Count(row => row == Login));
        Assert.Contains("wxauth>phone 401 code_used → login_again", rows);
        Assert.Equal("wxauth>phone 200 accessToken, refreshToken", rows[^1]);
        await AssertToldAsync(page, "twice");
    });

    [Fact]
    public Task An_account_that_is_required_is_bound_on_the_phone_and_each_time_anew() => VisitAsync(async page =>
    {
        page.Browser.Expect(409, "/api/auth/login");
        page.Browser.Expect(401, "/api/auth/bind");
        // The second visitor's page unbinds first, which ends the session.
        page.Browser.Expect(401, "/api/users/me");
        foreach (var visitor in (string[])["first", "second"])
        {
            await page.PlayAsync("binding");
            await AssertToldAsync(page, "binding");
            var rows = await page.RowsAsync();
            Assert.Equal("wxauth>phone 409 binding_required → bind_account", rows[^1]);
            Assert.Equal(visitor == "second", rows.Contains("phone>wxauth DELETE /api/users/me/binding"));

            await page.Page.Locator("#bind-password").FillAsync("certainly wrong");
            await page.Page.Locator("#app-bind button").ClickAsync();
            await Expect(page.Page.Locator("#app-error")).ToBeVisibleAsync();
            await page.Page.Locator("#bind-password").FillAsync("for playing only");
            await page.Page.Locator("#app-bind button").ClickAsync();

            await Expect(page.Page.Locator("#me-name")).ToHaveTextAsync("playground");
            await Expect(page.Story).ToHaveTextAsync("Bound: from now on WeChat login is enough.");
            rows = await page.RowsAsync();
            Assert.Equal(["phone>wxauth POST /api/auth/bind", "wxauth>phone 200 accessToken, refreshToken"], rows[^2..]);
        }
    });

    [Fact]
    public Task The_mini_program_on_the_phone_signs_out_and_in_again() => VisitAsync(async page =>
    {
        await page.Page.Locator("#app-login").ClickAsync();
        await Expect(page.Page.Locator("#me-id")).Not.ToBeEmptyAsync();
        await page.Page.Locator("#app-me").ClickAsync();
        await page.WaitUntilToldAsync();
        var rows = await page.RowsAsync();
        Assert.Equal([.. SignIn, "phone>wxauth GET /api/users/me", "wxauth>phone 200 id, nickname, avatarUrl"], rows);

        await page.Page.Locator("#app-logout").ClickAsync();
        await Expect(page.Page.Locator("#app-out")).ToBeVisibleAsync();
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("#app-out")).ToBeVisibleAsync();
        await page.Page.Locator("#app-login").ClickAsync();

        await Expect(page.Page.Locator("#app-in")).ToBeVisibleAsync();
    });

    [Fact]
    public Task The_mini_program_on_the_phone_shows_the_phone_number_and_the_avatar_that_the_server_keeps() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        await page.Page.Locator("#app-phone").ClickAsync();
        await Expect(page.Page.Locator("#me-phone")).ToContainTextAsync("+86");
        await page.Page.Locator("#app-avatar").ClickAsync();

        await Expect(page.Page.Locator("#me-avatar")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#me-avatar")).ToHaveJSPropertyAsync("naturalWidth", 128);
        await page.WaitUntilToldAsync();
        Assert.Contains("wxauth>wechat getuserphonenumber", await page.RowsAsync());
    });

    [Theory]
    [InlineData("PATCH", "request:fail method is invalid")]
    [InlineData("DELETE", "sent")]
    public Task The_phone_refuses_the_methods_that_wx_request_refuses(string method, string outcome) => VisitAsync(async page =>
        Assert.Equal(outcome, await page.Page.EvaluateAsync<string>(
            """
            async (method) => {
              const { Phone } = await import('/playground/stand-in.js');
              const phone = new Phone({ user: 'methods', slot: 'methods', record() {} });
              phone.fetch = async () => ({ statusCode: 200, header: {}, data: {} });
              return new Promise((resolve) => phone.send(
                { url: location.origin + '/api/users/me', method, header: {} }, () => resolve('sent'), (error) => resolve(error.errMsg)));
            }
            """,
            method)));

    [Fact]
    public Task The_phone_stays_signed_in_over_a_reload_and_another_name_is_another_user() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        var userId = await page.Page.Locator("#me-id").TextContentAsync();

        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("#me-id")).ToHaveTextAsync(userId!);
        await page.Page.Locator("#user").FillAsync("小红🎉");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.PlayAsync("open");

        await Expect(page.Page.Locator("#me-id")).Not.ToHaveTextAsync(userId!);
    });

    [Fact]
    public Task The_language_changes_everything_that_is_on_show() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        await page.Page.Locator("#language").ClickAsync();

        await AssertToldAsync(page, "open");
        Assert.Equal("zh-CN", await page.Page.Locator("html").GetAttributeAsync("lang"));
        var english = await page.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('[data-text]:not([data-text=lanePhoneNote]), .why, #stories button')]
              .map((element) => element.textContent).filter((text) => !/[\u4e00-\u9fff]/.test(text))
            """);
        Assert.Empty(english);
    });

    [Fact]
    public Task What_goes_over_the_wire_opens_with_its_secrets_shortened() => VisitAsync(async page =>
    {
        await page.PlayAsync("open");
        await page.Page.Locator("#flow summary").Filter(new() { HasText = "200 accessToken" }).ClickAsync();

        var detail = page.Page.Locator("#flow pre").Last;
        await Expect(detail).ToBeVisibleAsync();
        Assert.Matches("\"accessToken\": \"eyJh….{4}\"", await detail.TextContentAsync());
    });

    private Task VisitAsync(Func<PlaygroundVisit, Task> story, BrowserSettings? settings = null) => browser.VisitAsync(
        new Uri(server.BaseUrl),
        async visit =>
        {
            await Expect(visit.Page.Locator("body[data-ready=true]")).ToHaveCountAsync(1);
            Assert.Equal("/playground", new Uri(visit.Page.Url).AbsolutePath);
            await story(new PlaygroundVisit(visit));
        },
        settings ?? new BrowserSettings("en-US"));

    private static async Task AssertToldAsync(PlaygroundVisit page, string story) =>
        await Expect(page.Story).ToHaveTextAsync(await page.TextAsync($"text('stories').{story}[2]"));
}
