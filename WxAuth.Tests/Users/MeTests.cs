using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Tests.Users;

public sealed class MeTests(WxAuthApp app) : IClassFixture<WxAuthApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Nicknames() =>
    [
        "小明", "👩‍👩‍👧‍👦", "𠮷野家𝒳", "مرحبا עולם", "\u202Eabc\u202C", "é e\u0301", "a\tb", " ", "'; DROP TABLE users; --", "<b>\"\\/&", "\uFFFD\uFEFF", "\u0001",
        string.Concat(Enumerable.Repeat("😀", 64)),
    ];

    [Theory]
    [MemberData(nameof(Nicknames))]
    public async Task A_nickname_comes_back_as_it_was_sent(string nickname)
    {
        var token = await TokenAsync("nickname");

        var changed = await PatchAsync(token, new JsonObject { ["nickname"] = nickname }.ToJsonString(), 200);
        var read = await ReadAsync(token);

        Assert.Equal(nickname, (string?)changed["nickname"]);
        Assert.Equal(nickname, (string?)read["nickname"]);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("POST")]
    public async Task An_absent_member_stays_and_null_clears_by_patch_and_by_the_post_that_wx_request_can_send(string method)
    {
        var token = await TokenAsync($"semantics {method}");
        await ChangeAsync(method, token, """{"nickname":"a","avatarUrl":"https://example.com/a.png"}""", 200);

        var nothing = await ChangeAsync(method, token, "{}", 200);
        var nickname = await ChangeAsync(method, token, """{"nickname":null}""", 200);
        var avatar = await ChangeAsync(method, token, """{"avatarUrl":null,"nickname":"b"}""", 200);

        Assert.Equal(("a", "https://example.com/a.png"), Profile(nothing));
        Assert.Equal((null, "https://example.com/a.png"), Profile(nickname));
        Assert.Equal(("b", null), Profile(avatar));
        Assert.Equal(("b", null), Profile(await ReadAsync(token)));
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var token = await TokenAsync("unknown");

        var user = await PatchAsync(token, """{"id":"0","roles":["admin"],"phoneNumber":"+1","x":{"y":[]},"nickname":"n","hasNickname":false}""", 200);

        Assert.Equal("n", (string?)user["nickname"]);
        Assert.Empty(user["roles"]!.AsArray());
        Assert.Null(user["phoneNumber"]);
    }

    [Theory]
    [InlineData("""{"nickname":""}""", "nickname")]
    [InlineData("""{"nickname":"a\u0000b"}""", "nickname")]
    [InlineData("""{"avatarUrl":""}""", "avatarUrl")]
    [InlineData("""{"avatarUrl":"http://example.com/a.png"}""", "avatarUrl")]
    [InlineData("""{"avatarUrl":"javascript:alert(1)"}""", "avatarUrl")]
    [InlineData("""{"avatarUrl":"/a.png"}""", "avatarUrl")]
    [InlineData("""{"avatarUrl":"https://"}""", "avatarUrl")]
    [InlineData("""{"avatarUrl":"https://example.com/\u0000"}""", "avatarUrl")]
    public async Task A_bad_value_is_named_and_nothing_changes(string json, string field)
    {
        var token = await TokenAsync("bad");
        await PatchAsync(token, """{"nickname":"a","avatarUrl":"https://example.com/a.png"}""", 200);

        var problem = await PatchAsync(token, json, 400);

        Assert.Equal("validation_failed", (string?)problem["code"]);
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
        Assert.Equal(("a", "https://example.com/a.png"), Profile(await ReadAsync(token)));
    }

    [Theory]
    [InlineData("""{"nickname":"\ud83d"}""")]
    [InlineData("""{"nickname":"\ude00\ud83d"}""")]
    [InlineData("""{"nickname":1}""")]
    [InlineData("""{"nickname":["a"]}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    public async Task What_is_no_profile_is_malformed(string json) =>
        Assert.Equal("malformed_request", (string?)(await PatchAsync(await TokenAsync("malformed"), json, 400))["code"]);

    [Theory]
    [InlineData(64, 200)]
    [InlineData(65, 400)]
    public async Task A_nickname_has_at_most_64_code_points(int length, int status) =>
        await PatchAsync(await TokenAsync("length"), $$"""{"nickname":"{{string.Concat(Enumerable.Repeat("😀", length))}}"}""", status);

    [Theory]
    [InlineData(2048, 200)]
    [InlineData(2049, 400)]
    public async Task An_avatar_address_has_at_most_2048_characters(int length, int status) =>
        await PatchAsync(await TokenAsync("avatar"), $$"""{"avatarUrl":"{{"https://example.com/".PadRight(length, 'a')}}"}""", status);

    [Fact]
    public async Task What_is_as_it_was_is_neither_written_nor_audited()
    {
        var login = await app.LoginAsync("same");
        var (token, userId) = ((string)login["accessToken"]!, (string)login["user"]!["id"]!);
        const string Same = """{"nickname":"a","avatarUrl":"https://example.com/a.png"}""";
        await PatchAsync(token, Same, 200);
        var before = await WrittenAsync();

        var again = await PatchAsync(token, Same, 200);
        await PatchAsync(token, """{"nickname":"a"}""", 200);

        Assert.Equal(("a", "https://example.com/a.png"), Profile(again));
        Assert.Equal(before, await WrittenAsync());

        Task<string?> WrittenAsync() => app.ScalarAsync<string>(
            $"SELECT u.xmin || ' ' || (SELECT count(*) FROM audit_events a WHERE a.user_id = u.id) FROM users u WHERE u.id = '{userId}'");
    }

    private static (string? Nickname, string? AvatarUrl) Profile(JsonObject user) => ((string?)user["nickname"], (string?)user["avatarUrl"]);

    private async Task<string> TokenAsync(string user) => (string)(await app.LoginAsync(user))["accessToken"]!;

    private async Task<JsonObject> ReadAsync(string token)
    {
        using var response = await app.SendAsync(HttpMethod.Get, "api/users/me", token);
        return await WxAuthApp.JsonAsync(response);
    }

    private Task<JsonObject> PatchAsync(string token, string json, int status) => ChangeAsync("PATCH", token, json, status);

    private async Task<JsonObject> ChangeAsync(string method, string token, string json, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/users/me")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", token);
        using var response = await app.Client.SendAsync(request, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True((int)response.StatusCode == status, text);
        return JsonNode.Parse(text)!.AsObject();
    }
}
