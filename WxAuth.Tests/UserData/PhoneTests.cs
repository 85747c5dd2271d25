using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.UserData;

public sealed class PhoneTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private const string Route = "api/users/me/phone";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_becomes_a_number_which_the_audit_log_does_not_hold()
    {
        var person = await app.PersonAsync("caller");
        using var response = await PostCodeAsync(person, await CodeAsync("caller"));

        var number = (string)(await app.OkAsync(response))["phoneNumber"]!;
        Assert.Matches(@"^\+8613\d{9}$", number);
        var detail = await app.ScalarAsync<string>($"SELECT detail::text FROM audit_events WHERE user_id = '{person.UserId}' AND type = 'phone_changed'");
        Assert.Equal($$"""{"phoneNumber": "***{{number[^4..]}}"}""", detail);
    }

    [Fact]
    public async Task The_encrypted_form_gives_the_same_number()
    {
        var person = await app.PersonAsync("encrypted");
        var button = await app.PhoneButtonAsync("encrypted");
        using var byCode = await PostCodeAsync(person, (string)button["code"]!);
        using var encrypted = await app.SendAsync(
            person, HttpMethod.Post, Route, new { encryptedData = (string?)button["encryptedData"], iv = (string?)button["iv"] });

        Assert.Equal((string?)(await app.OkAsync(byCode))["phoneNumber"], (string?)(await app.OkAsync(encrypted))["phoneNumber"]);
        Assert.Equal(1L, await app.AuditedAsync(person, "phone_changed"));
    }

    [Fact]
    public async Task Encrypted_data_without_a_number_is_refused()
    {
        var person = await app.PersonAsync("numberless");
        var (encryptedData, iv) = await app.EncryptAsync(person, new { phoneNumber = "12", watermark = new { appid = WxAuthApp.AppId } });
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, new { encryptedData, iv });

        await WxAuthApp.AssertProblemAsync(response, 400, "encrypted_data_invalid");
    }

    [Theory]
    [InlineData("{}", "code")]
    [InlineData("""{"code":""}""", "code")]
    [InlineData("""{"code":"a b"}""", "code")]
    [InlineData("""{"code":"a","encryptedData":"b","iv":"c"}""", "code")]
    [InlineData("""{"code":"a","iv":"c"}""", "code,encryptedData")]
    [InlineData("""{"encryptedData":"b"}""", "iv")]
    public async Task Exactly_one_of_the_two_forms_is_taken(string body, string fields)
    {
        var person = await app.PersonAsync("forms");
        using var response = await app.SendAsync(person, HttpMethod.Post, Route, JsonNode.Parse(body));

        var problem = await WxAuthApp.AssertProblemAsync(response, 400, "validation_failed");
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_code_that_WeChat_refuses_changes_nothing()
    {
        var person = await app.PersonAsync("refused");
        using var madeUp = await PostCodeAsync(person, "deadbeef");
        using var loginCode = await PostCodeAsync(person, await app.CodeAsync("refused"));
        using var otherApps = await PostCodeAsync(person, (string)(await app.PhoneButtonAsync("refused", SeveralApps.SecondAppId))["code"]!);

        await WxAuthApp.AssertProblemAsync(madeUp, 400, "phone_code_invalid");
        await WxAuthApp.AssertProblemAsync(loginCode, 400, "phone_code_invalid");
        await WxAuthApp.AssertProblemAsync(otherApps, 400, "phone_code_invalid");
        Assert.Null((string?)(await app.MeAsync(person))["phoneNumber"]);
    }

    [Fact]
    public async Task One_code_is_asked_for_once_by_however_many_requests_at_once_and_later()
    {
        var person = await app.PersonAsync("once");
        var code = await CodeAsync("once");
        await app.WeChat.FailAsync(new { kind = "delay", call = "getuserphonenumber", user = "once", delayMs = 1, times = 1 });
        var calls = await app.WeChat.CallsAsync("getuserphonenumber");
        var requests = Enumerable.Range(0, 8).Select(_ => PostCodeAsync(person, code)).ToArray();
        // The simulator holds its answer back on the clock of the test: all eight are on their way by then.
        await app.Time.WhenTimerIsSetAsync(TimeSpan.FromMilliseconds(1), Ct);
        app.Time.Advance(TimeSpan.FromMilliseconds(1));

        var answers = await Task.WhenAll(requests);
        using var later = await PostCodeAsync(person, code);

        Assert.All([.. answers, later], answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(calls + 1, await app.WeChat.CallsAsync("getuserphonenumber"));
        Assert.Equal(1L, await app.AuditedAsync(person, "phone_changed"));
    }

    [Fact]
    public async Task A_retry_after_the_database_failed_is_not_paid_for_again()
    {
        var person = await app.PersonAsync("outage");
        var code = await CodeAsync("outage");
        var calls = await app.WeChat.CallsAsync("getuserphonenumber");
        // What stands for the outage: the number cannot be kept.
        await app.ScalarAsync<int>($"ALTER TABLE users ADD CONSTRAINT outage CHECK (id <> '{person.UserId}' OR phone_number IS NULL)");
        using var failed = await PostCodeAsync(person, code);
        await app.ScalarAsync<int>("ALTER TABLE users DROP CONSTRAINT outage");
        using var retried = await PostCodeAsync(person, code);

        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.NotNull((string?)(await app.OkAsync(retried))["phoneNumber"]);
        Assert.Equal(calls + 1, await app.WeChat.CallsAsync("getuserphonenumber"));
    }

    [Fact]
    public async Task The_memory_of_a_number_is_its_owners_and_ends()
    {
        var owner = await app.PersonAsync("owner");
        var thief = await app.PersonAsync("thief");
        var code = await CodeAsync("owner");
        using var first = await PostCodeAsync(owner, code);
        using var stolen = await PostCodeAsync(thief, code);
        app.Time.Advance(TimeSpan.FromMinutes(5));
        using var late = await PostCodeAsync(owner, code);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await WxAuthApp.AssertProblemAsync(stolen, 400, "phone_code_invalid");
        await WxAuthApp.AssertProblemAsync(late, 400, "phone_code_invalid");
    }

    [Fact]
    public async Task A_login_with_a_phone_code_answers_the_number()
    {
        var login = await LoginAsync("both", await CodeAsync("both"));

        Assert.Matches(@"^\+8613\d{9}$", (string?)login["user"]!["phoneNumber"]);
        Assert.False(login.ContainsKey("phoneError"));
        Assert.Equal((string?)login["user"]!["phoneNumber"], (string?)(await app.MeAsync(Person.From("both", login)))["phoneNumber"]);
    }

    [Fact]
    public async Task A_refused_phone_code_does_not_cost_the_login()
    {
        var login = await LoginAsync("nophone", "deadbeef");

        Assert.Equal("phone_code_invalid", (string?)login["phoneError"]);
        Assert.Null((string?)(await app.MeAsync(Person.From("nophone", login)))["phoneNumber"]);
    }

    [Theory]
    [InlineData("connection_reset", "wechat_unavailable")]
    [InlineData("rate_limited", "rate_limited")]
    [InlineData("truncated_json", "wechat_bad_response")]
    public async Task A_fault_of_WeChat_at_the_number_does_not_cost_the_login(string kind, string error)
    {
        await app.WeChat.FailAsync(new { kind, call = "getuserphonenumber", user = kind });
        var login = await LoginAsync(kind, await CodeAsync(kind));
        await app.WeChat.HealAsync();

        Assert.Equal(error, (string?)login["phoneError"]);
        Assert.NotNull((string?)(await app.MeAsync(Person.From(kind, login)))["id"]);
    }

    private async Task<string> CodeAsync(string name) => (string)(await app.PhoneButtonAsync(name))["code"]!;

    private Task<HttpResponseMessage> PostCodeAsync(Person person, string code) => app.SendAsync(person, HttpMethod.Post, Route, new { code });

    private async Task<JsonObject> LoginAsync(string name, string phoneCode)
    {
        using var response = await app.Client.PostAsJsonAsync(
            "api/auth/login", new { code = await app.CodeAsync(name), appId = WxAuthApp.AppId, phoneCode }, Ct);
        return await app.OkAsync(response);
    }
}
