using System.Text.Json;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.WeChat;
using WxAuth.Infrastructure.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class AccessTokenTests : IDisposable
{
    private const string TokenPath = "cgi-bin/stable_token";
    private const string PhonePath = "wxa/business/getuserphonenumber";
    private const string CheckPath = "wxa/checksession";
    private const string Phone = """{"errcode":0,"errmsg":"ok","phone_info":{"purePhoneNumber":"13800138000","countryCode":86}}""";

    private readonly WeChatHarness _weChat = new();
    private int _tokens;

    public AccessTokenTests()
    {
        GiveTokens(7200);
        _weChat.Server.On(PhonePath, Phone);
    }

    public static TheoryData<string> PhoneVectors => VectorsOf("ar-phone-");

    public static TheoryData<string> CheckVectors => VectorsOf("ar-check-");

    public static TheoryData<string> TokenVectors => [.. VectorsOf("ar-token-"), .. VectorsOf("ar-stable-")];

    public void Dispose() => _weChat.Dispose();

    [Theory]
    [MemberData(nameof(PhoneVectors))]
    public async Task The_answer_to_a_phone_code_is_understood(string id)
    {
        var vector = VectorFile.Get("api_responses.json", id);
        _weChat.Server.On(PhonePath, (_, _) => Task.FromResult(FakeWeChat.Json(vector.Input("body")!, vector.Input("content_type")!)));

        var number = id is "ar-phone-40001"
            ? (await _weChat.FaultOfAsync(PhoneAsync())).Fault is WeChatFault.Unavailable ? null : new PhoneNumber("+0")
            : await PhoneAsync();

        Assert.Equal(vector.Expected("phone_number") is { } expected ? new PhoneNumber("+" + vector.Expected("country_code") + expected) : null, number);
        Assert.Equal(id is "ar-phone-40001" ? 2 : 1, _tokens);
    }

    [Theory]
    [MemberData(nameof(CheckVectors))]
    public async Task The_answer_to_checksession_is_understood(string id)
    {
        var vector = VectorFile.Get("api_responses.json", id);
        _weChat.Server.On(CheckPath, vector.Input("body")!);

        Assert.Equal(vector.Expected("outcome") is "ok", await CheckAsync());
    }

    [Theory]
    [MemberData(nameof(TokenVectors))]
    public async Task The_answer_to_a_question_for_a_token_is_understood(string id)
    {
        var vector = VectorFile.Get("api_responses.json", id);
        _weChat.Server.On(TokenPath, vector.Input("body")!);

        if (vector.Expected("outcome") is "ok")
        {
            await PhoneAsync();
            Assert.Equal($"?access_token={vector.Expected("access_token")}", Assert.Single(_weChat.Server.Calls(PhonePath)).Query);
        }
        else
        {
            var fault = await _weChat.FaultOfAsync(PhoneAsync());
            Assert.Equal(id is "ar-token-40164" ? WeChatFault.RejectedApp : WeChatFault.RateLimited, fault.Fault);
        }
    }

    [Theory]
    [InlineData(87007)]
    [InlineData(87009)]
    public async Task A_session_key_that_no_longer_holds_is_no_fault(int errorCode)
    {
        _weChat.Server.On(CheckPath, $$"""{"errcode":{{errorCode}}}""");

        Assert.False(await CheckAsync());
    }

    [Fact]
    public async Task Checksession_is_signed_with_the_text_of_the_key()
    {
        _weChat.Server.On(CheckPath, """{"errcode":0}""");

        await CheckAsync();

        Assert.Equal(
            "?access_token=token-1&openid=o1&signature=46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128&sig_method=hmac_sha256",
            Assert.Single(_weChat.Server.Calls(CheckPath)).Query);
    }

    [Fact]
    public async Task A_session_key_that_cannot_be_opened_does_not_hold()
    {
        var lost = new SealedSessionKey([1, 2, 3], [], _weChat.Time.GetUtcNow());

        Assert.False(await _weChat.Api.CheckSessionAsync(WeChatHarness.AppId, "o1", lost, TestContext.Current.CancellationToken));
        Assert.Equal(LogLevel.Warning, Assert.Single(_weChat.Log.Lines, line => line.Id.Id == 3113).Level);
    }

    [Fact]
    public async Task The_question_for_a_token_does_not_force_a_new_one()
    {
        await PhoneAsync();

        var asked = Assert.Single(_weChat.Server.Calls(TokenPath));
        Assert.Equal(("POST", ""), (asked.Method, asked.Query));
        using var body = JsonDocument.Parse(asked.Body!);
        Assert.Equal(
            ["grant_type=client_credential", $"appid={WeChatHarness.AppId}", $"secret={WeChatHarness.AppSecret}"],
            body.RootElement.EnumerateObject().Select(member => $"{member.Name}={member.Value}"),
            StringComparer.Ordinal);
        Assert.Equal("""{"code":"phone-code"}""", Assert.Single(_weChat.Server.Calls(PhonePath)).Body);
    }

    [Fact]
    public async Task Fifty_at_once_ask_for_one_token()
    {
        var gate = new TaskCompletionSource();
        _weChat.Server.On(TokenPath, async (_, _) =>
        {
            await gate.Task;
            return TokenAnswer(7200);
        });
        var calls = Enumerable.Range(0, 50).Select(_ => PhoneAsync()).ToArray();
        gate.SetResult();

        var numbers = await Task.WhenAll(calls);

        Assert.All(numbers, number => Assert.Equal(new PhoneNumber("+8613800138000"), number));
        Assert.Equal(1, _tokens);
    }

    [Theory]
    [InlineData(40001)]
    [InlineData(40014)]
    [InlineData(42001)]
    public async Task A_token_that_dies_early_costs_one_more_and_no_caller_sees_it(int errorCode)
    {
        await PhoneAsync();
        _weChat.Server.On(PhonePath, (asked, _) => Task.FromResult(FakeWeChat.Json(
            asked.Query.EndsWith("token-1", StringComparison.Ordinal) ? $$"""{"errcode":{{errorCode}},"errmsg":"invalid credential"}""" : Phone)));

        var numbers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => PhoneAsync()));

        Assert.All(numbers, number => Assert.NotNull(number));
        Assert.Equal(2, _tokens);
    }

    [Fact]
    public async Task A_wrong_AppSecret_is_the_operator_s_matter()
    {
        _weChat.Server.On(TokenPath, """{"errcode":40001,"errmsg":"invalid credential, rid: 6899a148-5929c88a-767d57ca"}""");

        var fault = await _weChat.FaultOfAsync(PhoneAsync());

        Assert.Equal(WeChatFault.RejectedApp, fault.Fault);
        Assert.Contains(_weChat.Log.Lines, line => line.Level is LogLevel.Critical && line.Text.Contains("40001", StringComparison.Ordinal));
        Assert.DoesNotContain(WeChatHarness.AppSecret, _weChat.Log.Text + fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _weChat.Server.On(TokenPath, """{"errcode":45009}""");
        await _weChat.FaultOfAsync(PhoneAsync());
        GiveTokens(7200);

        Assert.NotNull(await PhoneAsync());
    }

    [Fact]
    public async Task Who_goes_away_leaves_the_token_to_the_others()
    {
        var gate = new TaskCompletionSource();
        _weChat.Server.On(TokenPath, async (_, cancellation) =>
        {
            await gate.Task.WaitAsync(cancellation);
            return TokenAnswer(7200);
        });
        using var leaver = new CancellationTokenSource();
        var left = PhoneAsync(leaver.Token);
        var stays = PhoneAsync();

        await leaver.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        gate.SetResult();

        Assert.NotNull(await stays);
        Assert.Equal(1, _tokens);
    }

    [Fact]
    public async Task In_its_last_five_minutes_a_token_is_served_while_the_next_one_is_fetched()
    {
        await PhoneAsync();
        var asked = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var given = new TaskCompletionSource();
        _weChat.Server.On(TokenPath, async (_, _) =>
        {
            asked.SetResult();
            await gate.Task;
            given.SetResult();
            return TokenAnswer(7200);
        });
        _weChat.Time.Advance(TimeSpan.FromSeconds(7200 - 301));
        await PhoneAsync();
        Assert.False(asked.Task.IsCompleted);
        _weChat.Time.Advance(TimeSpan.FromSeconds(2));

        await Task.WhenAll(PhoneAsync(), PhoneAsync(), PhoneAsync());
        await asked.Task;
        gate.SetResult();
        await given.Task;
        await TokenIsAsync("token-2");

        Assert.Equal(2, _tokens);
        Assert.All(_weChat.Server.Calls(PhonePath), call => Assert.Equal("?access_token=token-1", call.Query));
    }

    [Theory]
    [InlineData(300, 149, 1)]
    [InlineData(300, 301, 2)]
    [InlineData(60, 29, 1)]
    [InlineData(60, 61, 2)]
    public async Task A_token_with_a_short_life_is_used_for_half_of_it_at_least(int life, int age, int expectedTokens)
    {
        GiveTokens(life);
        await PhoneAsync();
        _weChat.Time.Advance(TimeSpan.FromSeconds(age));

        await PhoneAsync();

        Assert.Equal(expectedTokens, _tokens);
    }

    [Fact]
    public async Task A_refused_phone_code_is_null_and_after_busy_unavailable()
    {
        _weChat.Server.On(PhonePath, """{"errcode":40013}""");
        Assert.Null(await PhoneAsync());
        _weChat.Server.On(PhonePath, """{"errcode":-1}""", """{"errcode":40029}""");

        var fault = await _weChat.FaultOfAsync(PhoneAsync());

        Assert.Equal(WeChatFault.Unavailable, fault.Fault);
    }

    [Theory]
    [InlineData("""{"errcode":0,"errmsg":"ok"}""")]
    [InlineData("""{"errcode":0,"phone_info":{"purePhoneNumber":"186****5613","countryCode":"86"}}""")]
    public async Task An_answer_without_a_number_is_a_bad_response(string body)
    {
        _weChat.Server.On(PhonePath, body);

        Assert.Equal(WeChatFault.BadResponse, (await _weChat.FaultOfAsync(PhoneAsync())).Fault);
    }

    private static TheoryData<string> VectorsOf(string prefix) =>
        VectorFile.IdsOf("api_responses.json", vector => vector.GetProperty("id").GetString()!.StartsWith(prefix, StringComparison.Ordinal));

    private Task<PhoneNumber?> PhoneAsync(CancellationToken? cancellationToken = null) =>
        _weChat.Api.GetPhoneNumberAsync(WeChatHarness.AppId, "phone-code", cancellationToken ?? TestContext.Current.CancellationToken);

    private Task<bool> CheckAsync() => _weChat.Api.CheckSessionAsync(
        WeChatHarness.AppId,
        "o1",
        _weChat.Get<SessionKeyVault>().Seal(WeChatHarness.AppId, "o1", "o0q0otL8aEzpcZL/FT9WsQ=="u8, _weChat.Time.GetUtcNow()),
        TestContext.Current.CancellationToken);

    private void GiveTokens(int life) => _weChat.Server.On(TokenPath, (_, _) => Task.FromResult(TokenAnswer(life)));

    private HttpResponseMessage TokenAnswer(int life) =>
        FakeWeChat.Json($$"""{"access_token":"token-{{Interlocked.Increment(ref _tokens)}}","expires_in":{{life}}}""");

    // The flight that was answered is about to put its token in place.
    private async Task TokenIsAsync(string token)
    {
        var app = _weChat.Get<WeChatApps>().Get(WeChatHarness.AppId);
        while (await _weChat.Get<StableAccessTokens>().GetAsync(app, TestContext.Current.CancellationToken) != token)
        {
            await Task.Yield();
        }
    }
}
