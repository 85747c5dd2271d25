using System.Net;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class ResilienceTests : IDisposable
{
    private const string Path = "sns/jscode2session";
    private const string Busy = """{"errcode":-1,"errmsg":"system error"}""";
    private const string InvalidCode = """{"errcode":40029,"errmsg":"invalid code"}""";
    private const string UsedCode = """{"errcode":40163,"errmsg":"code been used"}""";

    private readonly WeChatHarness _weChat = new();

    public void Dispose() => _weChat.Dispose();

    [Fact]
    public async Task Busy_is_asked_once_more()
    {
        _weChat.Server.On(Path, Busy, FakeWeChat.Session);
        var before = _weChat.Time.GetUtcNow();

        var exchange = await _weChat.RunToEndAsync(_weChat.ExchangeAsync());

        var login = Assert.IsType<CodeExchange.Accepted>(exchange).Login;
        Assert.True(login.SessionKey.IssuedAt > before, "The key came from the second try.");
        Assert.Equal(2, _weChat.Server.Calls(Path).Count);
    }

    [Fact]
    public async Task Busy_twice_is_unavailable()
    {
        _weChat.Server.On(Path, Busy);

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.Equal(2, _weChat.Server.Calls(Path).Count);
    }

    [Theory]
    [InlineData(InvalidCode)]
    [InlineData(UsedCode)]
    public async Task A_code_that_is_refused_after_busy_is_not_the_client_s_doing(string refusal)
    {
        _weChat.Server.On(Path, Busy, refusal);

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
    }

    [Fact]
    public async Task A_blocked_user_is_blocked_after_busy_too()
    {
        _weChat.Server.On(Path, Busy, """{"errcode":40226}""");

        var exchange = await _weChat.RunToEndAsync(_weChat.ExchangeAsync());

        Assert.Equal(new CodeExchange.Refused(CodeRefusal.UserBlocked), exchange);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_again()
    {
        var turn = 0;
        _weChat.Server.On(Path, (_, _) => turn++ < 2
            ? throw new HttpRequestException(HttpRequestError.ConnectionError)
            : Task.FromResult(FakeWeChat.Json(FakeWeChat.Session)));

        var exchange = await _weChat.RunToEndAsync(_weChat.ExchangeAsync());

        Assert.IsType<CodeExchange.Accepted>(exchange);
        Assert.Equal(3, turn);
    }

    [Fact]
    public async Task A_connection_that_stays_refused_is_unavailable()
    {
        _weChat.Server.On(Path, (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.Equal(3, _weChat.Server.Calls(Path).Count);
    }

    [Theory]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.Unknown)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task A_code_that_may_have_been_sent_is_not_sent_again(HttpRequestError error)
    {
        _weChat.Server.On(Path, (_, _) => throw new HttpRequestException(error));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.Single(_weChat.Server.Calls(Path));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_given_up_after_3_seconds_and_the_code_not_sent_again()
    {
        _weChat.Server.On(Path, (_, cancellation) => FakeWeChat.Never(cancellation));
        var exchange = _weChat.ExchangeAsync();

        _weChat.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(exchange.IsCompleted);
        _weChat.Time.Advance(TimeSpan.FromSeconds(0.2));
        var fault = await Assert.ThrowsAsync<WeChatException>(() => exchange);

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.Single(_weChat.Server.Calls(Path));
    }

    [Fact]
    public async Task An_answer_that_stops_half_way_is_given_up_too()
    {
        _weChat.Server.On(Path, (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new SilentStream()) }));
        var exchange = _weChat.ExchangeAsync();

        _weChat.Time.Advance(TimeSpan.FromSeconds(3));
        var fault = await Assert.ThrowsAsync<WeChatException>(() => exchange);

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
    }

    [Fact]
    public async Task A_caller_who_goes_away_gets_his_own_cancellation()
    {
        _weChat.Server.On(Path, (_, cancellation) => FakeWeChat.Never(cancellation));
        using var caller = new CancellationTokenSource();
        var exchange = _weChat.ExchangeAsync(cancellationToken: caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange);
    }

    [Fact]
    public async Task More_calls_than_may_run_and_wait_are_turned_away_at_once()
    {
        using var weChat = new WeChatHarness(settings: ("MaxConcurrentCalls", "2"));
        var answer = new TaskCompletionSource();
        weChat.Server.On(Path, async (_, _) =>
        {
            await answer.Task;
            return FakeWeChat.Json(FakeWeChat.Session);
        });

        var calls = Enumerable.Range(0, 5).Select(_ => weChat.ExchangeAsync()).ToArray();
        var fault = await Assert.ThrowsAsync<WeChatException>(() => calls[4]);
        var underWay = weChat.Server.Calls(Path).Count;
        answer.SetResult();
        var exchanges = await Task.WhenAll(calls[..4]);

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
        Assert.Equal(2, underWay);
        Assert.All(exchanges, exchange => Assert.IsType<CodeExchange.Accepted>(exchange));
    }

    [Fact]
    public async Task Who_waits_in_the_queue_waits_no_longer_than_8_seconds()
    {
        using var weChat = new WeChatHarness(null, ("MaxConcurrentCalls", "1"), ("AttemptTimeout", "00:00:20"), ("TotalTimeout", "00:00:20"));
        weChat.Server.On(Path, (_, cancellation) => FakeWeChat.Never(cancellation));
        var first = weChat.ExchangeAsync();
        var queued = weChat.ExchangeAsync();

        weChat.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(WeChatFault.Unavailable, (await Assert.ThrowsAsync<WeChatException>(() => first)).Fault);
        Assert.Equal(WeChatFault.Unavailable, (await Assert.ThrowsAsync<WeChatException>(() => queued)).Fault);
        Assert.Single(weChat.Server.Calls(Path));
    }

    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await FakeWeChat.Never(cancellationToken);
            return 0;
        }
    }
}
