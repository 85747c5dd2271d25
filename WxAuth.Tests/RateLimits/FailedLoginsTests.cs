using System.Net;
using Microsoft.AspNetCore.Http;
using WxAuth.Api.Configuration;
using WxAuth.Api.RateLimits;

namespace WxAuth.Tests.RateLimits;

/// <summary>Permits of one address, step by step.</summary>
public sealed class FailedLoginsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_failure_keeps_its_permit_for_a_minute()
    {
        var logins = Limited(1);
        await FailAsync(logins);
        _time.Advance(TimeSpan.FromSeconds(59));

        using var tooEarly = await StartAsync(logins);
        _time.Advance(TimeSpan.FromSeconds(1));
        using var inTime = await StartAsync(logins);

        Assert.Equal(TimeSpan.FromSeconds(1), tooEarly.RetryAfter);
        Assert.Null(inTime.RetryAfter);
    }

    [Fact]
    public async Task A_success_gives_its_permit_back()
    {
        var logins = Limited(1);
        (await StartAsync(logins)).Dispose();

        using var next = await StartAsync(logins);

        Assert.Null(next.RetryAfter);
    }

    [Fact]
    public async Task Who_finds_all_permits_in_flight_waits_for_the_first_that_comes_back()
    {
        var logins = Limited(2);
        var first = await StartAsync(logins);
        using var second = await StartAsync(logins);
        var third = StartAsync(logins);
        var fourth = StartAsync(logins);
        Assert.False(third.IsCompleted);

        first.Dispose();

        using var let = await third;
        Assert.Null(let.RetryAfter);
        Assert.False(fourth.IsCompleted);
        let.Dispose();
        using var last = await fourth;
        Assert.Null(last.RetryAfter);
    }

    [Fact]
    public async Task Who_waits_is_refused_when_failures_hold_every_permit()
    {
        var logins = Limited(1);
        var first = await StartAsync(logins);
        var second = StartAsync(logins);

        first.Fail();
        first.Dispose();

        using var refused = await second;
        Assert.Equal(FailedLogins.Window, refused.RetryAfter);
    }

    [Fact]
    public async Task Nobody_waits_for_longer_than_five_seconds()
    {
        var logins = Limited(1);
        using var first = await StartAsync(logins);
        var second = StartAsync(logins);

        _time.Advance(TimeSpan.FromSeconds(5));

        using var refused = await second;
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
    }

    [Fact]
    public async Task Ten_wait_for_a_permit_and_the_next_is_refused_at_once()
    {
        var logins = Limited(1);
        var first = await StartAsync(logins);
        var waiting = Enumerable.Range(0, FailedLogins.WaitingPerPermit).Select(_ => StartAsync(logins)).ToArray();

        using var refused = await StartAsync(logins);

        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        first.Fail();
        first.Dispose();
        Assert.All(await Task.WhenAll(waiting), attempt => Assert.NotNull(attempt.RetryAfter));
    }

    [Fact]
    public async Task Who_goes_away_while_he_waits_takes_no_permit_with_him()
    {
        var logins = Limited(1);
        var first = await StartAsync(logins);
        using var client = new CancellationTokenSource();
        var gone = StartAsync(logins, client: client);
        var stays = StartAsync(logins);

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        first.Dispose();

        using var let = await stays;
        Assert.Null(let.RetryAfter);
    }

    [Fact]
    public async Task Addresses_have_permits_of_their_own()
    {
        var logins = Limited(1);
        await FailAsync(logins, "192.0.2.1");
        await FailAsync(logins, "2001:db8:0:1::1");

        using var other = await StartAsync(logins, "192.0.2.2");
        using var neighbour = await StartAsync(logins, "2001:db8:0:1:ffff::2");
        using var mapped = await StartAsync(logins, "::ffff:192.0.2.1");

        Assert.Null(other.RetryAfter);
        Assert.NotNull(neighbour.RetryAfter);
        Assert.NotNull(mapped.RetryAfter);
    }

    private FailedLogins Limited(int limit) => new(new RateLimitSettings(limit, 0, 0, 0), _time);

    private static async Task<LoginAttempt> StartAsync(FailedLogins logins, string address = "192.0.2.1", CancellationTokenSource? client = null) =>
        await logins.StartAsync(new DefaultHttpContext
        {
            Connection = { RemoteIpAddress = IPAddress.Parse(address) },
            RequestAborted = client?.Token ?? CancellationToken.None,
        });

    private static async Task FailAsync(FailedLogins logins, string address = "192.0.2.1")
    {
        using var attempt = await StartAsync(logins, address);
        attempt.Fail();
    }
}
