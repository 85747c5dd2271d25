using System.Net;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class CircuitBreakerTests : IDisposable
{
    private const string Path = "sns/jscode2session";

    private readonly WeChatHarness _weChat = new();

    public static TheoryData<string> Failures => ["5xx", "reset", "garbage", "busy"];

    public void Dispose() => _weChat.Dispose();

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task It_opens_when_half_of_20_calls_have_failed(string failure)
    {
        _weChat.Server.On(Path, FakeWeChat.Session);
        await TimesAsync(10);
        _weChat.Server.On(Path, (_, _) => Fail(failure));
        await TimesAsync(10);
        var before = _weChat.Server.Calls(Path).Count;

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.NotNull(fault.RetryAfter);
        Assert.Equal(before, _weChat.Server.Calls(Path).Count);
    }

    [Fact]
    public async Task It_stays_closed_below_20_calls()
    {
        _weChat.Server.On(Path, (_, _) => Fail("5xx"));

        await TimesAsync(20);

        Assert.Equal(20, _weChat.Server.Calls(Path).Count);
    }

    [Theory]
    [InlineData(40029)]
    [InlineData(40163)]
    [InlineData(45011)]
    [InlineData(40125)]
    [InlineData(99999)]
    public async Task No_errcode_but_busy_opens_it(int errorCode)
    {
        _weChat.Server.On(Path, $$"""{"errcode":{{errorCode}}}""");

        await TimesAsync(50);

        Assert.Equal(50, _weChat.Server.Calls(Path).Count);
    }

    [Fact]
    public async Task Old_failures_do_not_count()
    {
        _weChat.Server.On(Path, (_, _) => Fail("5xx"));
        await TimesAsync(19);
        _weChat.Time.Advance(TimeSpan.FromSeconds(12));

        await TimesAsync(5);

        Assert.Equal(24, _weChat.Server.Calls(Path).Count);
    }

    [Fact]
    public async Task Open_it_says_how_long_to_wait()
    {
        await OpenAsync();
        _weChat.Time.Advance(TimeSpan.FromSeconds(2));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(TimeSpan.FromSeconds(3), fault.RetryAfter);
    }

    [Fact]
    public async Task After_5_seconds_one_probe_goes_through_and_closes_it()
    {
        await OpenAsync();
        _weChat.Time.Advance(TimeSpan.FromSeconds(5));
        var before = _weChat.Server.Calls(Path).Count;
        var answer = new TaskCompletionSource();
        _weChat.Server.On(Path, async (_, _) =>
        {
            await answer.Task;
            return FakeWeChat.Json(FakeWeChat.Session);
        });

        var probe = _weChat.ExchangeAsync();
        var other = await Assert.ThrowsAsync<WeChatException>(() => _weChat.ExchangeAsync());
        answer.SetResult();

        Assert.Equal(WeChatFault.Unavailable, other.Fault);
        Assert.IsType<CodeExchange.Accepted>(await probe);
        Assert.Equal(before + 1, _weChat.Server.Calls(Path).Count);
        Assert.IsType<CodeExchange.Accepted>(await _weChat.ExchangeAsync());
    }

    [Fact]
    public async Task A_probe_that_fails_opens_it_again()
    {
        await OpenAsync();
        _weChat.Time.Advance(TimeSpan.FromSeconds(5));
        await TimesAsync(1);
        var before = _weChat.Server.Calls(Path).Count;

        await TimesAsync(3);

        Assert.Equal(before, _weChat.Server.Calls(Path).Count);
    }

    [Fact]
    public async Task A_probe_whose_caller_goes_away_still_decides()
    {
        await OpenAsync();
        _weChat.Time.Advance(TimeSpan.FromSeconds(5));
        var answer = new TaskCompletionSource();
        _weChat.Server.On(Path, async (_, cancellation) =>
        {
            await answer.Task.WaitAsync(cancellation);
            return await Fail("5xx");
        });
        using var caller = new CancellationTokenSource();
        var probe = _weChat.ExchangeAsync(cancellationToken: caller.Token);
        await caller.CancelAsync();
        answer.SetResult();
        await Assert.ThrowsAsync<WeChatException>(() => probe);

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.NotNull(fault.RetryAfter);
    }

    [Fact]
    public async Task Callers_who_go_away_do_not_open_it()
    {
        _weChat.Server.On(Path, (_, cancellation) => FakeWeChat.Never(cancellation));
        for (var turn = 0; turn < 30; turn++)
        {
            using var caller = new CancellationTokenSource();
            var exchange = _weChat.ExchangeAsync(cancellationToken: caller.Token);
            await caller.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange);
        }

        _weChat.Server.On(Path, FakeWeChat.Session);

        Assert.IsType<CodeExchange.Accepted>(await _weChat.ExchangeAsync());
    }

    [Fact]
    public async Task Answers_that_do_not_come_open_it_also_where_the_total_time_is_the_time_of_a_try()
    {
        using var weChat = new WeChatHarness(null, ("AttemptTimeout", "00:00:03"), ("TotalTimeout", "00:00:03"));
        weChat.Server.On(Path, (_, cancellation) => FakeWeChat.Never(cancellation));
        var calls = Enumerable.Range(0, 20).Select(_ => weChat.ExchangeAsync()).ToArray();
        weChat.Time.Advance(TimeSpan.FromSeconds(3));
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<WeChatException>(() => call);
        }

        var fault = await weChat.FaultOfAsync(weChat.ExchangeAsync());

        Assert.NotNull(fault.RetryAfter);
    }

    private async Task OpenAsync()
    {
        _weChat.Server.On(Path, (_, _) => Fail("5xx"));
        await TimesAsync(20);
    }

    private async Task TimesAsync(int times)
    {
        for (var turn = 0; turn < times; turn++)
        {
            var exchange = _weChat.RunToEndAsync(_weChat.ExchangeAsync());
            await exchange.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
            Assert.True(exchange.IsCompletedSuccessfully || exchange.Exception?.InnerException is WeChatException);
        }
    }

    private static Task<HttpResponseMessage> Fail(string how) => how switch
    {
        "5xx" => Task.FromResult(FakeWeChat.Json("", status: HttpStatusCode.BadGateway)),
        "reset" => throw new HttpRequestException(HttpRequestError.ResponseEnded),
        "garbage" => Task.FromResult(FakeWeChat.Json("<html>")),
        "busy" => Task.FromResult(FakeWeChat.Json("""{"errcode":-1}""")),
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    };
}
