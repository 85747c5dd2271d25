using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator;

/// <summary>One answer of WeChat, before it is written.</summary>
/// <param name="Members">The JSON object.</param>
/// <param name="Errcode">0 for success, whether or not the object says so.</param>
internal sealed record WeChatReply(JsonObject Members, int Errcode)
{
    public static WeChatReply Success(JsonObject members) => new(members, 0);

    public static WeChatReply Error(int errcode) => Error(errcode, WeChatErrors.TextOf(errcode));

    public static WeChatReply Error(int errcode, string errmsg) =>
        new(new JsonObject { ["errcode"] = errcode, ["errmsg"] = errmsg }, errcode);

    /// <summary>The JSON as WeChat writes it: an error's text ends with the id of the request.</summary>
    /// <param name="now">The rid begins with the time of the request.</param>
    /// <param name="oldHints">The id in the form that was used until about 2020.</param>
    public string Write(DateTimeOffset now, bool oldHints = false)
    {
        if (Errcode != 0)
        {
            var errmsg = (string?)Members["errmsg"];
            Members["errmsg"] = oldHints
                ? $"{errmsg}, hints: [ req_id: {RandomNumberGenerator.GetHexString(16, lowercase: true)} ]"
                : $"{errmsg}, rid: {now.ToUnixTimeSeconds():x8}-{RandomHex8()}-{RandomHex8()}";
        }

        return Members.ToJsonString(SimulatorJson.WeChat);
    }

    /// <summary>Writes a body without a charset in its content type, as WeChat does.</summary>
    public static Task SendAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, cancellationToken).AsTask();
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string RandomHex8() => RandomNumberGenerator.GetHexString(8, lowercase: true);
}
