using System.Text.Json.Nodes;
using Microsoft.Playwright;
using WxAuth.Tests.Client;
using static Microsoft.Playwright.Assertions;

namespace WxAuth.Tests.Swagger;

/// <summary>Swagger UI in a real browser, against a server as <c>run.sh</c> starts it: what a newcomer does first.</summary>
public sealed class SwaggerPageTests(Browser browser, DevelopmentServer server) : IClassFixture<DevelopmentServer>
{
    [Fact]
    public Task A_newcomer_logs_in_authorizes_and_is_shown_without_leaving_the_page() => VisitAsync(async page =>
    {
        var code = (string)(await RunAsync(page, "get", "/simulator/wx/login"))["code"]!;
        var login = await RunAsync(page, "post", "/api/auth/login", $$"""{"code": "{{code}}"}""");
        await AuthorizeAsync(page, (string)login["accessToken"]!);

        var me = await RunAsync(page, "get", "/api/users/me");

        Assert.Equal((string?)login["user"]!["id"], (string?)me["id"]);
    });

    [Fact]
    public Task The_chapters_are_in_a_newcomers_order_and_padlocks_tell_what_needs_a_token() => VisitAsync(async page =>
    {
        await Expect(page.Locator(".opblock-tag [data-tag], .opblock-tag a span")).ToHaveTextAsync(
            ["Simulator", "Login", "Me", "Avatars", "Tokens for business services", "Administration", "WeChat"]);

        await Expect(Operation(page, "get", "/api/users/me").Locator(".authorization__btn")).ToHaveCountAsync(1);
        await Expect(Operation(page, "post", "/api/auth/login").Locator(".authorization__btn")).ToHaveCountAsync(0);
        // Everything of the simulator says what it is for.
        await Expect(page.Locator("[id^=operations-Simulator] .opblock-summary-description:empty")).ToHaveCountAsync(0);
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"));
    });

    private static ILocator Operation(IPage page, string method, string path) =>
        page.Locator($".opblock-{method}").Filter(new() { Has = page.Locator($"[data-path='{path}']") });

    private static async Task<JsonNode> RunAsync(IPage page, string method, string path, string? body = null)
    {
        var operation = Operation(page, method, path);
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).ClickAsync();
        var user = operation.Locator("input[placeholder=user]");
        if (await user.CountAsync() > 0)
        {
            await user.FillAsync("alice");
        }

        if (body is not null)
        {
            await operation.Locator("textarea.body-param__text").FillAsync(body);
        }

        await operation.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();
        var answer = operation.Locator(".live-responses-table");
        await Expect(answer.Locator("tbody .response-col_status").First).ToContainTextAsync("200");
        return JsonNode.Parse(await answer.Locator(".highlight-code code").First.InnerTextAsync())!;
    }

    private static async Task AuthorizeAsync(IPage page, string accessToken)
    {
        await page.Locator(".auth-wrapper .authorize").First.ClickAsync();
        var dialog = page.Locator(".dialog-ux");
        var bearer = dialog.Locator(".auth-container").Filter(new() { HasText = "bearer" });
        await bearer.Locator("input").FillAsync(accessToken);
        await bearer.GetByRole(AriaRole.Button, new() { Name = "Apply credentials" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
    }

    private Task VisitAsync(Func<IPage, Task> story) => browser.VisitAsync(
        new Uri($"{server.BaseUrl}/swagger"),
        async visit =>
        {
            await Expect(visit.Page.Locator(".opblock").First).ToBeVisibleAsync();
            await story(visit.Page);
        },
        new BrowserSettings("en-US"));
}
