using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WxAuth.Api.Simulator;

namespace WxAuth.Tests.Simulator;

/// <summary>How the simulator fits into the server that it is part of.</summary>
public sealed class SimulatorHostingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenApi_shows_the_developers_calls_with_their_texts_and_not_those_of_wechat()
    {
        await using var wechat = await SimulatorHost.StartAsync(
            addServices: services => services.AddSwaggerGen(options =>
                options.IncludeXmlComments(typeof(WeChatSimulatorExtensions).Assembly)),
            map: app => app.UseSwagger());

        var document = JsonElement.Parse(await wechat.Client.GetStringAsync("swagger/v1/swagger.json", Ct));

        var paths = document.GetProperty("paths");
        Assert.Equal(
            ["/simulator/faults", "/simulator/wx/get-phone-number", "/simulator/wx/get-user-info", "/simulator/wx/login"],
            paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.All(
            paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()),
            operation => Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!));
        var login = paths.GetProperty("/simulator/wx/login").GetProperty("get");
        Assert.Equal(["user", "appId"], login.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        Assert.Equal(["200", "400"], login.GetProperty("responses").EnumerateObject().Select(response => response.Name));
        var fault = document.GetProperty("components").GetProperty("schemas").GetProperty("FaultRequest").GetProperty("properties");
        Assert.Contains("reply_lost", fault.GetProperty("kind").GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            "#/components/schemas/FaultRequest",
            paths.GetProperty("/simulator/faults").GetProperty("post").GetProperty("requestBody").GetProperty("content")
                .GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
    }

    [Fact]
    public async Task It_is_open_where_every_other_route_needs_a_user()
    {
        await using var wechat = await SimulatorHost.StartAsync(
            addServices: services =>
            {
                services.AddAuthentication().AddCookie("test", options => options.Events.OnRedirectToLogin = context =>
                {
                    context.Response.StatusCode = (int)HttpStatusCode.Unauthorized;
                    return Task.CompletedTask;
                });
                services.AddAuthorizationBuilder().SetFallbackPolicy(
                    new AuthorizationPolicyBuilder("test").RequireAuthenticatedUser().Build());
            },
            map: app =>
            {
                app.UseAuthorization();
                app.MapGet("/guarded", () => "open");
            });

        using var guarded = await wechat.Client.GetAsync("guarded", Ct);
        var code = await wechat.LoginCodeAsync("alice");

        Assert.Equal(HttpStatusCode.Unauthorized, guarded.StatusCode);
        Assert.Equal(0, SimulatorHost.Errcode(await wechat.ExchangeAsync(code)));
    }

    [Fact]
    public async Task Two_apps_of_one_appid_are_refused()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SimulatorHost.StartAsync(options =>
        {
            options.Apps.Add(SimulatorHost.First);
            options.Apps.Add(SimulatorHost.First);
        }));

        Assert.DoesNotContain(SimulatorDefaults.AppSecret, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_app_prints_no_secret() => Assert.Equal(SimulatorDefaults.AppId, $"{SimulatorHost.First}");
}
