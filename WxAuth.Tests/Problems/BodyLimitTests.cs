using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace WxAuth.Tests.Problems;

public sealed class BodyLimitTests
{
    /// <summary>Both servers, both framings, just above the limit and far above it.</summary>
    public static TheoryData<bool, bool, int> Servers() =>
    [
        .. from kestrel in (bool[])[false, true]
           from chunked in (bool[])[false, true]
           from length in (int[])[65_537, 10_000_000]
           select new TheoryDataRow<bool, bool, int>(kestrel, chunked, length),
    ];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_body_above_64_KiB_is_413(bool kestrel, bool chunked, int length)
    {
        await using var app = await ProblemsApp.StartAsync(kestrel);

        var answer = await app.SendAsync(HttpMethod.Post, "echo", Body($"\"{new string('a', length - 2)}\"", "application/json", chunked));

        answer.IsProblem(413, "payload_too_large");
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_form_above_64_KiB_is_413(bool kestrel, bool chunked, int length)
    {
        await using var app = await ProblemsApp.StartAsync(kestrel);

        var answer = await app.SendAsync(
            HttpMethod.Post, "form", Body($"token={new string('a', length - 6)}", "application/x-www-form-urlencoded", chunked));

        answer.IsProblem(413, "payload_too_large");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_body_of_64_KiB_is_read(bool kestrel, bool chunked)
    {
        await using var app = await ProblemsApp.StartAsync(kestrel);

        var answer = await app.SendAsync(
            HttpMethod.Post, "echo", Body($$"""{"code":"abc"{{new string(' ', 65536 - 14)}}}""", "application/json", chunked));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData(false, 1_048_576, 200)]
    [InlineData(false, 1_200_000, 413)]
    [InlineData(true, 1_048_576, 200)]
    [InlineData(true, 1_200_000, 413)]
    public async Task A_route_may_have_a_limit_of_its_own(bool kestrel, int length, int status)
    {
        await using var app = await ProblemsApp.StartAsync(kestrel);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[length]), "file", "a.png" } };

        var answer = await app.SendAsync(HttpMethod.Post, "upload", form);

        Assert.Equal(status, (int)answer.Status);
    }

    private static StreamContent Body(string text, string type, bool chunked)
    {
        Stream stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var content = new StreamContent(chunked ? new UnknownLength(stream) : stream);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    private sealed class UnknownLength(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
