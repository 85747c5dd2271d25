using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace WxAuth.Bench.WeChat;

/// <summary>
/// One client's connection. Answers <c>GET /sns/jscode2session</c> only, always with success: the code <c>u123</c> or <c>u123n456</c>
/// belongs to the openid <c>o000000000000000000000000123</c>. A user's session_key stays the same, as WeChat leaves it for some days;
/// a code <c>u123k456</c> is answered with one that nobody had before.
/// </summary>
internal static class Code2SessionConnection
{
    private const int OpenIdDigits = 27;
    private const int SessionKeyDigits = 22;

    private static long _newKeys;

    private static ReadOnlySpan<byte> Route => "GET /sns/jscode2session?"u8;

    // WeChat declares its JSON as text/plain.
    private static ReadOnlySpan<byte> Answer =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 82\r\n\r\n{\"session_key\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"openid\":\"o000000000000000000000000000\"}"u8;

    private static ReadOnlySpan<byte> NotFound => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8;

    public static async Task ServeAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            var rest = read.Buffer;
            var open = WriteAnswers(ref rest, output);
            input.AdvanceTo(rest.Start, rest.End);
            await output.FlushAsync();
            if (!open || read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Answers every request that is there whole. False: the last one was none of ours, the connection is to be closed.</summary>
    private static bool WriteAnswers(ref ReadOnlySequence<byte> received, PipeWriter output)
    {
        var reader = new SequenceReader<byte>(received);
        while (reader.TryReadTo(out ReadOnlySequence<byte> request, "\r\n\r\n"u8))
        {
            received = reader.UnreadSequence;
            var head = request.IsSingleSegment ? request.FirstSpan : request.ToArray();
            var code = head.IndexOf("js_code=u"u8);
            if (!head.StartsWith(Route) || code < 0 || !Utf8Parser.TryParse(head[(code + 9)..], out long user, out var digits))
            {
                output.Write(NotFound);
                return false;
            }

            WriteAnswer(output, user, hasNewKey: head[(code + 9 + digits)..].StartsWith("k"u8));
        }

        return true;
    }

    private static void WriteAnswer(PipeWriter output, long user, bool hasNewKey)
    {
        var answer = output.GetSpan(Answer.Length)[..Answer.Length];
        Answer.CopyTo(answer);
        // The last of the 22 base64 digits holds four bits of padding and stays A; decimal digits are base64 digits too.
        // seed.sql knows how a user's own key looks.
        var key = answer.Slice(answer.LastIndexOf("==\""u8) - SessionKeyDigits, SessionKeyDigits - 1);
        WriteDecimal(key, hasNewKey ? Interlocked.Increment(ref _newKeys) : user);
        if (hasNewKey)
        {
            key[0] = (byte)'N';
        }

        WriteDecimal(answer.Slice(answer.Length - 2 - OpenIdDigits, OpenIdDigits), user);
        output.Advance(Answer.Length);
    }

    private static void WriteDecimal(Span<byte> digits, long value)
    {
        for (var i = digits.Length - 1; value > 0; i--, value /= 10)
        {
            digits[i] = (byte)('0' + (value % 10));
        }
    }
}
