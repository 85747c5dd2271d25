using Microsoft.Extensions.DependencyInjection;
using WxAuth.Domain.Admin;

namespace WxAuth.Tests.Admin;

/// <summary>The stories of the page against the real server.</summary>
public sealed class AdminPageStoriesTests(Browser browser, AdminPageStoriesTests.Host host) : AdminPageTests(browser, host), IClassFixture<AdminPageStoriesTests.Host>
{
    /// <summary>On the system's clock, like the browser: the page counts hours and waits for typing to pause.</summary>
    public sealed class Host(TestCluster cluster) : WxAuthApp(cluster), IAdminPageHost
    {
        private int _users;

        public Uri BaseUrl => Client.BaseAddress!;

        public string AdminUserName => "page.admin";

        public string AdminPassword => "open the page, please";

        protected override bool UsesFakeTime => false;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await using var scope = Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<AdminService>().CreateAccountAsync(
                AdminUserName, AdminPassword, ["admin"], by: null, ip: null, TestContext.Current.CancellationToken);
        }

        public async Task AddUserAsync(string nickname)
        {
            var login = await LoginAsync($"page user {Interlocked.Increment(ref _users)}");
            using var renamed = await SendAsync(HttpMethod.Patch, "api/users/me", (string?)login["accessToken"], new { nickname });
            Assert.True(renamed.IsSuccessStatusCode);
        }
    }
}
