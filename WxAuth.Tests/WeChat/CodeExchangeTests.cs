using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class CodeExchangeTests : IDisposable
{
    private const string Path = "sns/jscode2session";

    private readonly WeChatHarness _weChat = new();

    public static TheoryData<string> ExchangeVectors =>
        VectorFile.IdsOf("api_responses.json", vector => vector.GetProperty("id").GetString()!.StartsWith("ar-c2s-", StringComparison.Ordinal));

    public void Dispose() => _weChat.Dispose();

    [Theory]
    [MemberData(nameof(ExchangeVectors))]
    public async Task The_answer_is_understood(string id)
    {
        var vector = VectorFile.Get("api_responses.json", id);
        _weChat.Server.On(Path, (_, _) => Task.FromResult(FakeWeChat.Json(vector.Input("body")!, vector.Input("content_type")!)));

        var (exchange, fault) = await OutcomeAsync();

        if (vector.Expected("outcome") is "ok")
        {
            var login = Assert.IsType<CodeExchange.Accepted>(exchange).Login;
            Assert.Equal(WeChatHarness.AppId, login.AppId);
            Assert.Equal(vector.Expected("openid"), login.OpenId);
            Assert.Equal(vector.Expected("unionid"), login.UnionId);
            Assert.Equal(vector.Expected("session_key"), OpenedKey(login));
            return;
        }

        (CodeRefusal? Refusal, WeChatFault? Fault, int Calls) expected = vector.GetProperty("expected").GetProperty("errcode").GetInt32() switch
        {
            40029 => (CodeRefusal.Invalid, null, 1),
            40163 => (CodeRefusal.Used, null, 1),
            40125 => (null, WeChatFault.RejectedApp, 1),
            45011 => (null, WeChatFault.RateLimited, 1),
            -1 => (null, WeChatFault.Unavailable, 2),
            var other => throw new InvalidOperationException($"A vector with errcode {other}."),
        };
        Assert.Equal(expected, ((exchange as CodeExchange.Refused)?.Refusal, fault?.Fault, _weChat.Server.Calls(Path).Count));
    }

    [Fact]
    public async Task The_question_is_asked_as_WeChat_wants_it_and_escaped()
    {
        _weChat.Server.On(Path, FakeWeChat.Session);

        await _weChat.ExchangeAsync("a b&c=+/%é");

        var asked = Assert.Single(_weChat.Server.Calls(Path));
        Assert.Equal("GET", asked.Method);
        Assert.Equal(
            $"?appid={WeChatHarness.AppId}&secret={WeChatHarness.AppSecret}&js_code=a%20b%26c%3D%2B%2F%25%C3%A9&grant_type=authorization_code", asked.Query);
    }

    [Theory]
    [InlineData("""{"errcode":"40029","errmsg":"invalid code"}""", CodeRefusal.Invalid)]
    [InlineData("""{"errcode":40163}""", CodeRefusal.Used)]
    [InlineData("""{"errcode":40226,"errmsg":"code blocked"}""", CodeRefusal.UserBlocked)]
    [InlineData("""{"errcode":50002,"errmsg":"user limited"}""", CodeRefusal.UserBlocked)]
    public async Task A_refusal_is_a_value(string body, CodeRefusal refusal)
    {
        _weChat.Server.On(Path, body);

        var exchange = await _weChat.ExchangeAsync();

        Assert.Equal(new CodeExchange.Refused(refusal), exchange);
    }

    [Theory]
    [InlineData(40013, WeChatFault.RejectedApp)]
    [InlineData(40125, WeChatFault.RejectedApp)]
    [InlineData(41002, WeChatFault.RejectedApp)]
    [InlineData(41004, WeChatFault.RejectedApp)]
    [InlineData(40164, WeChatFault.RejectedApp)]
    [InlineData(40243, WeChatFault.RejectedApp)]
    [InlineData(48001, WeChatFault.RejectedApp)]
    [InlineData(61004, WeChatFault.RejectedApp)]
    [InlineData(89503, WeChatFault.RejectedApp)]
    [InlineData(89506, WeChatFault.RejectedApp)]
    [InlineData(89507, WeChatFault.RejectedApp)]
    [InlineData(45009, WeChatFault.RateLimited)]
    [InlineData(45011, WeChatFault.RateLimited)]
    [InlineData(41008, WeChatFault.BadResponse)]
    [InlineData(99999, WeChatFault.BadResponse)]
    [InlineData(40001, WeChatFault.BadResponse)]
    public async Task An_errcode_that_is_nobody_in_front_s_doing_is_a_fault(int errorCode, WeChatFault expected)
    {
        _weChat.Server.On(Path, $$"""{"errcode":{{errorCode}},"errmsg":"not in whitelist 192.0.2.45, rid: 61250a39-612fed42-36740516"}""");

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(expected, fault.Fault);
        var line = Assert.Single(_weChat.Log.Lines);
        Assert.Equal(expected is WeChatFault.RejectedApp ? LogLevel.Critical : LogLevel.Warning, line.Level);
        Assert.Contains($"{errorCode}", line.Text, StringComparison.Ordinal);
        Assert.Contains("61250a39-612fed42-36740516", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.45", line.Text + fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"ok\"")]
    [InlineData("<html><body>502</body></html>")]
    [InlineData("""{"session_key":"AAECAwQFBgcICQoLDA0ODw==","openid":"oSIMU""")]
    [InlineData("""{"session_key":"AAECAwQFBgcICQoLDA0ODw=="}""")]
    [InlineData("""{"openid":"o1"}""")]
    [InlineData("""{"openid":"","session_key":"AAECAwQFBgcICQoLDA0ODw=="}""")]
    [InlineData("""{"openid":"o\u0000","session_key":"AAECAwQFBgcICQoLDA0ODw=="}""")]
    [InlineData("""{"openid":"o1","session_key":"AAECAwQFBgcICQoLDA0O"}""")]
    [InlineData("""{"openid":"o1","session_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}""")]
    [InlineData("""{"openid":"o1","session_key":"AAECAwQFBgcICQoLDA0ODw"}""")]
    [InlineData("""{"openid":"o1","session_key":"AAECAwQFBgcICQoL DA0Dw=="}""")]
    [InlineData("""{"openid":"o1","session_key":null}""")]
    [InlineData("""{"openid":"o1","session_key":7}""")]
    [InlineData("""{"errcode":"x"}""")]
    [InlineData("""{"errcode":99999999999999}""")]
    [InlineData("""{"errcode":40029} and more""")]
    public async Task Garbage_is_a_bad_response(string body)
    {
        _weChat.Server.On(Path, body);

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.BadResponse, fault.Fault);
        Assert.Single(_weChat.Server.Calls(Path));
    }

    [Fact]
    public async Task An_openid_of_more_than_128_characters_is_a_bad_response()
    {
        _weChat.Server.On(Path, $$"""{"openid":"{{new string('o', 129)}}","session_key":"{{FakeWeChat.SessionKey}}"}""");

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.BadResponse, fault.Fault);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_a_bad_response()
    {
        _weChat.Server.On(Path, (_, _) => Task.FromResult(FakeWeChat.Bytes([.. "{\"openid\":\""u8, 0xC3, 0x28, .. "\"}"u8])));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.BadResponse, fault.Fault);
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_a_bad_response()
    {
        _weChat.Server.On(Path, FakeWeChat.Session + new string(' ', 64 * 1024));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(WeChatFault.BadResponse, fault.Fault);
    }

    [Theory]
    [InlineData("text/plain; charset=utf8")]
    [InlineData("text/plain; charset=\"no such thing\"")]
    [InlineData("application/octet-stream")]
    [InlineData("text/html; charset=gbk")]
    [InlineData("")]
    public async Task What_the_content_type_says_is_of_no_account(string contentType)
    {
        _weChat.Server.On(Path, (_, _) => Task.FromResult(FakeWeChat.Json(FakeWeChat.Session, contentType)));

        Assert.IsType<CodeExchange.Accepted>(await _weChat.ExchangeAsync());
    }

    [Fact]
    public async Task A_byte_order_mark_does_no_harm()
    {
        _weChat.Server.On(Path, (_, _) => Task.FromResult(FakeWeChat.Bytes([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(FakeWeChat.Session)])));

        Assert.IsType<CodeExchange.Accepted>(await _weChat.ExchangeAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway, WeChatFault.Unavailable)]
    [InlineData(HttpStatusCode.ServiceUnavailable, WeChatFault.Unavailable)]
    [InlineData(HttpStatusCode.NotFound, WeChatFault.BadResponse)]
    [InlineData(HttpStatusCode.Redirect, WeChatFault.BadResponse)]
    public async Task Another_status_with_HTML_is_a_fault(HttpStatusCode status, WeChatFault expected)
    {
        _weChat.Server.On(Path, (_, _) => Task.FromResult(FakeWeChat.Json("<html></html>", "text/html", status)));

        var fault = await _weChat.FaultOfAsync(_weChat.ExchangeAsync());

        Assert.Equal(expected, fault.Fault);
        Assert.Single(_weChat.Server.Calls(Path));
    }

    [Fact]
    public async Task An_empty_unionid_is_none()
    {
        _weChat.Server.On(Path, $$"""{"openid":"o1","session_key":"{{FakeWeChat.SessionKey}}","unionid":""}""");

        var exchange = await _weChat.ExchangeAsync();

        Assert.Null(Assert.IsType<CodeExchange.Accepted>(exchange).Login.UnionId);
    }

    [Fact]
    public async Task The_key_is_as_old_as_the_question_and_not_as_the_answer()
    {
        _weChat.Server.On(Path, (_, _) =>
        {
            _weChat.Time.Advance(TimeSpan.FromSeconds(2));
            return Task.FromResult(FakeWeChat.Json(FakeWeChat.Session));
        });
        var before = _weChat.Time.GetUtcNow();

        var exchange = await _weChat.ExchangeAsync();

        Assert.Equal(before, Assert.IsType<CodeExchange.Accepted>(exchange).Login.SessionKey.IssuedAt);
    }

    [Fact]
    public async Task An_unknown_app_is_the_caller_s_mistake()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _weChat.Api.ExchangeCodeAsync("wxother", "code", TestContext.Current.CancellationToken));
    }

    private string? OpenedKey(WeChatLogin login) =>
        _weChat.Get<Infrastructure.WeChat.SessionKeyVault>().TryUse(
            login.AppId, login.OpenId, login.SessionKey, 0, static (keyText, _) => Encoding.ASCII.GetString(keyText), out var text) ? text : null;

    private async Task<(CodeExchange? Exchange, WeChatException? Fault)> OutcomeAsync()
    {
        try
        {
            return (await _weChat.RunToEndAsync(_weChat.ExchangeAsync()), null);
        }
        catch (WeChatException fault)
        {
            return (null, fault);
        }
    }
}
