using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace WxAuth.Tests.UserData;

public sealed class AvatarTests(SeveralApps app) : IClassFixture<SeveralApps>
{
    private const string Route = "api/users/me/avatar";
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];
    private static readonly byte[] Webp = [.. "RIFF"u8, 4, 0, 0, 0, .. "WEBPVP8 "u8];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<byte[], string> Pictures => new()
    {
        { Png, "image/png" },
        { Jpeg, "image/jpeg" },
        { Webp, "image/webp" },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task A_picture_is_kept_and_shown_to_everybody(byte[] picture, string contentType)
    {
        var person = await app.PersonAsync("painter");
        var url = await UploadedAsync(person, picture);
        using var shown = await app.Client.GetAsync(url, Ct);

        Assert.StartsWith("http://localhost:5080/api/avatars/", await AvatarUrlAsync(person), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.Equal(picture, await shown.Content.ReadAsByteArrayAsync(Ct));
        Assert.Equal(contentType, shown.Content.Headers.ContentType?.ToString());
        Assert.Equal("inline", shown.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal(
            ("nosniff", "default-src 'none'", "public, max-age=31536000, immutable"),
            (HeaderOf(shown, "X-Content-Type-Options"), HeaderOf(shown, "Content-Security-Policy"), HeaderOf(shown, "Cache-Control")));
    }

    [Fact]
    public async Task A_picture_that_the_client_has_is_not_sent_again()
    {
        var url = await UploadedAsync(await app.PersonAsync("cached"), Png);
        using var first = await app.Client.GetAsync(url, Ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await app.Client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_second_picture_takes_the_place_of_the_first()
    {
        var person = await app.PersonAsync("twice");
        var first = await UploadedAsync(person, Png);
        var second = await UploadedAsync(person, Jpeg);
        using var gone = await app.Client.GetAsync(first, Ct);
        using var shown = await app.Client.GetAsync(second, Ct);

        await WxAuthApp.AssertProblemAsync(gone, 404, "not_found");
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.Equal(1L, await PicturesOfAsync(person));
    }

    [Fact]
    public async Task The_same_picture_again_writes_nothing()
    {
        var person = await app.PersonAsync("again");
        var first = await UploadedAsync(person, Png);
        var before = await WrittenAsync();

        var second = await UploadedAsync(person, Png);

        Assert.Equal(first, second);
        Assert.Equal(before, await WrittenAsync());

        Task<string?> WrittenAsync() => app.ScalarAsync<string>($"""
            SELECT concat_ws(' ', u.xmin, a.xmin, a.id, (SELECT count(*) FROM audit_events e WHERE e.user_id = u.id))
            FROM users u JOIN avatars a ON a.user_id = u.id WHERE u.id = '{person.UserId}'
            """);
    }

    [Fact]
    public async Task Uploads_at_once_leave_one_picture_which_the_profile_shows()
    {
        var person = await app.PersonAsync("hasty");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => UploadAsync(person, [.. Png, (byte)i])));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1L, await PicturesOfAsync(person));
        using var shown = await app.Client.GetAsync(new Uri(await AvatarUrlAsync(person)).AbsolutePath, Ct);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://a.example/other.png")]
    public async Task A_profile_with_another_avatar_gives_the_picture_up(string? avatarUrl)
    {
        var person = await app.PersonAsync("moved");
        var url = await UploadedAsync(person, Png);
        using var named = await app.SendAsync(person, HttpMethod.Patch, "api/users/me", new { nickname = "Still here" });
        Assert.Equal(1L, await PicturesOfAsync(person));
        using var patched = await app.SendAsync(person, HttpMethod.Patch, "api/users/me", new { avatarUrl });
        using var gone = await app.Client.GetAsync(url, Ct);

        Assert.Equal(avatarUrl, (string?)(await app.OkAsync(patched))["avatarUrl"]);
        await WxAuthApp.AssertProblemAsync(gone, 404, "not_found");
    }

    [Fact]
    public async Task A_mebibyte_is_taken_and_a_byte_more_is_not()
    {
        var person = await app.PersonAsync("large");
        var url = await UploadedAsync(person, [.. Png, .. new byte[(1024 * 1024) - Png.Length]]);
        using var above = await UploadAsync(person, [.. Png, .. new byte[(1024 * 1024) - Png.Length + 1]]);
        using var far = await UploadAsync(person, [.. Png, .. new byte[5 * 1024 * 1024]]);

        await WxAuthApp.AssertProblemAsync(above, 413, "payload_too_large");
        await WxAuthApp.AssertProblemAsync(far, 413, "payload_too_large");
        using var kept = await app.Client.GetAsync(url, Ct);
        Assert.Equal(1024 * 1024, (await kept.Content.ReadAsByteArrayAsync(Ct)).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GIF89a.....")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("RIFF....WAVE")]
    public async Task What_is_no_picture_by_its_bytes_is_refused_whatever_it_is_called(string content)
    {
        using var response = await UploadAsync(await app.PersonAsync("text"), System.Text.Encoding.ASCII.GetBytes(content));

        await WxAuthApp.AssertProblemAsync(response, 415, "unsupported_media_type");
    }

    [Fact]
    public async Task A_form_without_the_file_is_told_so_and_another_body_is_none()
    {
        var person = await app.PersonAsync("empty");
        using var without = await SendAsync(person, new MultipartFormDataContent { { new StringContent("x"), "other" } });
        using var json = await SendAsync(person, JsonContent.Create(new { file = "x" }));
        using var anonymous = await app.Client.PostAsync(Route, FormOf(Png), Ct);

        var problem = await WxAuthApp.AssertProblemAsync(without, 400, "validation_failed");
        Assert.Equal(["file"], problem["errors"]!.AsObject().Select(error => error.Key));
        await WxAuthApp.AssertProblemAsync(json, 415, "unsupported_media_type");
        await WxAuthApp.AssertProblemAsync(anonymous, 401, "token_missing");
    }

    [Theory]
    [InlineData("0193e3a5-0000-7000-8000-000000000000")]
    [InlineData("1")]
    public async Task An_unknown_picture_is_not_found(string id)
    {
        using var response = await app.Client.GetAsync($"api/avatars/{id}", Ct);

        await WxAuthApp.AssertProblemAsync(response, 404, "not_found");
    }

    private static string HeaderOf(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static MultipartFormDataContent FormOf(byte[] picture) => new() { { new ByteArrayContent(picture), "file", "avatar.png" } };

    private Task<long> PicturesOfAsync(Person person) => app.ScalarAsync<long>($"SELECT count(*) FROM avatars WHERE user_id = '{person.UserId}'");

    private async Task<string> AvatarUrlAsync(Person person) => (string)(await app.MeAsync(person))["avatarUrl"]!;

    private Task<HttpResponseMessage> UploadAsync(Person person, byte[] picture) => SendAsync(person, FormOf(picture));

    private async Task<HttpResponseMessage> SendAsync(Person person, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.AccessToken);
        return await app.Client.SendAsync(request, Ct);
    }

    private async Task<string> UploadedAsync(Person person, byte[] picture)
    {
        using var response = await UploadAsync(person, picture);
        return new Uri((string)(await app.OkAsync(response))["avatarUrl"]!).AbsolutePath;
    }
}
