using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace WxAuth.Tests;

/// <summary>Whatever is sent, the fault is the sender's and is told as one.</summary>
public sealed class BadInputTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private const int Cases = 300;

    private static readonly string[] Paths = ["api/auth/login", "api/auth/refresh", "api/users/me"];
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"];
    private static readonly string[] Types = ["application/json", "application/json; charset=utf-16", "text/plain", "application/xml", "application/problem+json", "multipart/form-data", "a", ""];
    private static readonly string[] Names = ["code", "appId", "phoneCode", "refreshToken", "nickname", "avatarUrl", "Code", "CODE", "", "$", "a.b", "\\u0000", "\\ud800"];
    private static readonly string[] Values =
    [
        "null", "true", "0", "-0", "1e400", "1e-400", "123456789012345678901234567890", "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83d\\ude00\"", "[]", "{}",
        "[[[[1]]]]", "{\"a\":{\"b\":[null]}}", "\"2026-11-20T08:00:00Z\"", "\"https://example.com/\"", "nul", "'a'", "\"", "01", "NaN", "//",
    ];

    private static readonly string[] HeaderNames = ["Idempotency-Key", "Accept-Language", "User-Agent", "Accept", "X-Forwarded-For", "Cookie", "traceparent", "baggage", "If-Match", "X-Session"];

    private static readonly Gen<string> Text = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");

    private static readonly Gen<string> Json = Gen.Frequency(
        (8, from members in (from name in Gen.Elements(Names) from value in ValueGen() select $"\"{name}\":{value}").ListOf() select $"{{{string.Join(',', members)}}}"),
        (2, Gen.Elements(Values)),
        (1, Text),
        (1, Gen.Choose(60, 2000).Select(depth => new string('[', depth) + new string(']', depth))),
        (1, Gen.Choose(60, 2000).Select(depth => $"{{\"code\":{new string('[', depth)}")));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_generated_request_is_a_fault_of_the_server()
    {
        var token = (string)(await app.LoginAsync("generated"))["accessToken"]!;
        var requests =
            from path in Gen.Elements(Paths)
            from method in Gen.Frequency((6, Gen.Constant("POST")), (4, Gen.Constant("PATCH")), (4, Gen.Elements(Methods)))
            from query in Gen.Frequency((4, Gen.Constant("")), (1, Text.Select(text => "?a=" + EscapeLoosely(text))), (1, Gen.Constant("?code=%00&%00=")))
            from type in Gen.Frequency((8, Gen.Constant("application/json")), (2, Gen.Elements(Types)))
            from body in Json
            from bytes in Gen.Frequency((9, Gen.Constant(Encoding.UTF8.GetBytes(body))), (1, ArbMap.Default.GeneratorFor<byte[]>().Select(noise => noise ?? [])))
            from header in Gen.Elements(HeaderNames)
            from value in Text
            from authorization in Gen.Frequency((3, Gen.Constant($"Bearer {token}")), (1, Text), (1, Text.Select(text => "Bearer " + text)))
            select new Generated(method, path + query, type, bytes, header, OneLine(value), OneLine(authorization));

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases).WithQuietOnSuccess(true),
            Prop.ForAll(requests.ToArbitrary(), request => AssertNoFaultAsync(request)));
    }

    [Fact]
    public async Task No_generated_code_is_a_fault_of_the_server() =>
        await Task.Run(
            () => Check.One(
                Config.QuickThrowOnFailure.WithMaxTest(Cases).WithQuietOnSuccess(true),
                Prop.ForAll(
                    Gen.Choose(0x21, 0x7E).Select(letter => (char)letter).NonEmptyListOf().Select(letters => string.Concat(letters)).ToArbitrary(),
                    code => AssertNoFaultAsync(new Generated(
                        "POST", "api/auth/login", "application/json", Encoding.UTF8.GetBytes($"{{\"code\":{System.Text.Json.JsonSerializer.Serialize(code)}}}"), "Accept", "*/*", "")))),
            Ct);

    [Theory]
    [InlineData("api/auth/login", "POST")]
    [InlineData("api/auth/refresh", "POST")]
    [InlineData("api/users/me", "PATCH")]
    public async Task A_body_of_10_MB_is_413(string path, string method)
    {
        var token = (string)(await app.LoginAsync("large"))["accessToken"]!;

        using var response = await SendAsync(new Generated(method, path, "application/json", new byte[10_000_000], "Accept", "*/*", $"Bearer {token}"));

        await WxAuthApp.AssertProblemAsync(response, 413, "payload_too_large");
    }

    [Theory]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=gb2312")]
    public async Task JSON_in_another_encoding_than_UTF8_is_415(string contentType)
    {
        using var response = await SendAsync(new Generated("POST", "api/auth/login", contentType, [0x00, 0xDC, 0x00], "Accept", "*/*", ""));

        await WxAuthApp.AssertProblemAsync(response, 415, "unsupported_media_type");
    }

    [Fact]
    public async Task Malformed_UTF8_is_malformed()
    {
        using var response = await SendAsync(new Generated("POST", "api/auth/login", "application/json", [.. "{\"code\":\""u8, 0xC3, 0x28, .. "\"}"u8], "Accept", "*/*", ""));

        await WxAuthApp.AssertProblemAsync(response, 400, "malformed_request");
    }

    [Fact]
    public async Task Of_doubled_members_the_last_one_counts()
    {
        var token = (string)(await app.LoginAsync("doubled"))["accessToken"]!;

        using var response = await SendAsync(new Generated(
            "PATCH", "api/users/me", "application/json", """{"nickname":"a","nickname":"b"}"""u8.ToArray(), "Accept", "*/*", $"Bearer {token}"));

        Assert.Equal("b", (string?)(await WxAuthApp.JsonAsync(response))["nickname"]);
    }

    [Theory]
    [InlineData("GET", "api/auth/login", 405, "method_not_allowed", "POST")]
    [InlineData("PUT", "api/users/me", 405, "method_not_allowed", null)]
    [InlineData("GET", "api/nothing", 404, "not_found", null)]
    [InlineData("POST", "nowhere", 404, "not_found", null)]
    public async Task What_no_route_takes_is_a_problem(string method, string path, int status, string code, string? allow)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        request.Headers.Add("Accept-Language", "en");
        using var response = await app.Client.SendAsync(request, Ct);

        await WxAuthApp.AssertProblemAsync(response, status, code);
        Assert.Equal("en", response.Content.Headers.ContentLanguage.Single());
        Assert.Contains("Accept-Language", response.Headers.Vary);
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
        Assert.True(allow is null || response.Content.Headers.Allow.Contains(allow));
    }

    private static Gen<string> ValueGen() => Gen.Frequency(
        (3, Gen.Elements(Values)),
        (1, Text.Select(text => System.Text.Json.JsonSerializer.Serialize(text))));

    private static string EscapeLoosely(string text) => string.Concat(text.Where(letter => letter is > ' ' and < (char)0x7F and not '#'));

    private static string OneLine(string text) => string.Concat(text.Where(letter => letter is >= ' ' and < (char)0x7F));

    private async Task<bool> AssertNoFaultAsync(Generated generated)
    {
        using var response = await SendAsync(generated);
        var status = (int)response.StatusCode;
        Assert.True(status < 500, $"{status} for {generated} {Encoding.UTF8.GetString(generated.Body)} {app.Logs.Errors()}");
        if (status >= 400 && generated.Method != "HEAD")
        {
            Assert.True(
                response.Content.Headers.ContentType?.MediaType == "application/problem+json",
                $"{status} {response.Content.Headers.ContentType} for {generated} {Encoding.UTF8.GetString(generated.Body)}");
        }

        return true;
    }

    private async Task<HttpResponseMessage> SendAsync(Generated generated)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(generated.Method), generated.Path);
        if (generated.Method is not ("GET" or "HEAD" or "TRACE"))
        {
            request.Content = new ByteArrayContent(generated.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", generated.ContentType);
        }

        request.Headers.TryAddWithoutValidation(generated.Header, generated.Value);
        request.Headers.TryAddWithoutValidation("Authorization", generated.Authorization);
        return await app.Client.SendAsync(request, Ct);
    }

    private sealed record Generated(string Method, string Path, string ContentType, byte[] Body, string Header, string Value, string Authorization);
}
