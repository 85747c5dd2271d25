using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Domain.WeChat;

namespace WxAuth.Api.WeChat;

/// <summary>What WeChat pushes. The address of it is entered in the mini-program's console.</summary>
[ApiController]
[Route("api/wechat/{appId}/push")]
[Tags("WeChat")]
[AllowAnonymous]
public sealed class PushController(PushService pushes) : ControllerBase
{
    private const string PlainText = "text/plain";

    /// <summary>Proves to WeChat that the address is ours.</summary>
    /// <param name="appId">The mini-program; it needs a `PushToken`.</param>
    /// <param name="signature">Over the PushToken, timestamp and nonce.</param>
    /// <param name="timestamp">Unix seconds.</param>
    /// <param name="nonce">Random.</param>
    /// <param name="echostr">What is answered.</param>
    /// <response code="200">`echostr` as it came.</response>
    [HttpGet]
    [AnswersProblems(ProblemCode.NotFound, ProblemCode.SignatureInvalid)]
    [ProducesResponseType<string>(StatusCodes.Status200OK, PlainText)]
    public IActionResult Verify(
        string appId, [FromQuery] string? signature, [FromQuery] string? timestamp, [FromQuery] string? nonce, [FromQuery] string? echostr)
    {
        if (!pushes.TakesPushes(appId))
        {
            return new ProblemResult(ProblemCode.NotFound);
        }

        if (!pushes.IsSigned(appId, signature, timestamp, nonce))
        {
            return new ProblemResult(ProblemCode.SignatureInvalid);
        }

        return Content(echostr ?? "", PlainText);
    }

    /// <summary>Takes a message.</summary>
    /// <remarks>JSON or XML, whatever its content type says; with a `PushAesKey` only encrypted messages count. A repeated message does nothing.</remarks>
    /// <param name="appId">The mini-program; it needs a `PushToken`.</param>
    /// <param name="signature">Over the PushToken, timestamp and nonce.</param>
    /// <param name="messageSignature">Over the PushToken, timestamp, nonce and the encrypted message.</param>
    /// <param name="timestamp">Unix seconds; at most five minutes from now.</param>
    /// <param name="nonce">Random.</param>
    /// <param name="cancellationToken">Of the request.</param>
    /// <response code="200">`success`: it was handled, now or before.</response>
    [HttpPost]
    [AnswersProblems(
        ProblemCode.NotFound, ProblemCode.SignatureInvalid, ProblemCode.EncryptedDataInvalid, ProblemCode.WatermarkMismatch,
        ProblemCode.MalformedRequest, ProblemCode.PayloadTooLarge, ProblemCode.DatabaseUnavailable)]
    [ProducesResponseType<string>(StatusCodes.Status200OK, PlainText)]
    public async Task<IActionResult> Receive(
        string appId, [FromQuery] string? signature, [FromQuery(Name = "msg_signature")] string? messageSignature, [FromQuery] string? timestamp,
        [FromQuery] string? nonce, CancellationToken cancellationToken)
    {
        if (!pushes.TakesPushes(appId))
        {
            return new ProblemResult(ProblemCode.NotFound);
        }

        // Not bound by MVC, which goes by the content type: WeChat's is text/xml or application/json, and has been neither.
        using var body = new MemoryStream();
        await Request.Body.CopyToAsync(body, cancellationToken);
        var refusal = await pushes.HandleAsync(
            appId, new PushRequest(signature, messageSignature, timestamp, nonce, body.ToArray()), cancellationToken);
        return refusal is null ? Content("success", PlainText) : new ProblemResult(ToProblemCode(refusal.Value));
    }

    private static ProblemCode ToProblemCode(PushRefusal refusal) => refusal switch
    {
        PushRefusal.SignatureInvalid => ProblemCode.SignatureInvalid,
        PushRefusal.EncryptedDataInvalid => ProblemCode.EncryptedDataInvalid,
        PushRefusal.AppMismatch => ProblemCode.WatermarkMismatch,
        PushRefusal.Malformed => ProblemCode.MalformedRequest,
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };
}
