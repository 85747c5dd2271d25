using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.Net.Http.Headers;
using WxAuth.Domain.Users;

namespace WxAuth.Api.Users;

/// <summary>
/// A picture as the answer. It is read and sent in pieces, and while a client lets one wait nothing holds more than that: a thousand
/// clients that do not read would otherwise keep a thousand megabytes.
/// </summary>
internal sealed class PictureResult : FileResult
{
    private AvatarPiece? _first;

    /// <summary>Takes the picture's id and its beginning.</summary>
    public PictureResult(Guid id, AvatarPiece first)
        : base(first.ContentType)
    {
        (Id, Length, _first) = (id, first.PictureLength, first);
        EntityTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(first.Sha256)}\"");
    }

    public Guid Id { get; }

    /// <summary>Bytes of the whole picture.</summary>
    public int Length { get; }

    /// <summary>The beginning, which is kept no longer.</summary>
    public AvatarPiece? TakeFirst()
    {
        var first = _first;
        _first = null;
        return first;
    }

    public override Task ExecuteResultAsync(ActionContext context) =>
        context.HttpContext.RequestServices.GetRequiredService<PictureResultExecutor>().ExecuteAsync(context, this);
}

/// <summary>Sends <see cref="PictureResult"/>; headers and conditional requests are the framework's.</summary>
internal sealed class PictureResultExecutor(IAvatarPieces pieces, ILoggerFactory loggers)
    : FileResultExecutorBase(CreateLogger<PictureResultExecutor>(loggers))
{
    /// <summary>Bytes of a piece: most pictures are one.</summary>
    public const int PieceLength = 32 * 1024;

    public async Task ExecuteAsync(ActionContext context, PictureResult picture)
    {
        var piece = picture.TakeFirst();
        var (_, _, serveBody) = SetHeadersAndLog(context, picture, picture.Length, enableRangeProcessing: false, etag: picture.EntityTag);
        if (!serveBody)
        {
            return;
        }

        var (response, aborted) = (context.HttpContext.Response, context.HttpContext.RequestAborted);
        for (var sent = 0; sent < picture.Length; sent += PieceLength)
        {
            piece ??= await pieces.ReadAsync(picture.Id, sent, PieceLength, aborted);
            if (piece is null)
            {
                // It was deleted meanwhile, and its length has been told: there is no other way to say so.
                context.HttpContext.Abort();
                return;
            }

            Write(response, piece.Bytes);
            piece = null; // not kept while the client takes it
            await response.BodyWriter.FlushAsync(aborted);
        }
    }

    private static void Write(HttpResponse response, byte[] bytes)
    {
        bytes.CopyTo(response.BodyWriter.GetSpan(bytes.Length));
        response.BodyWriter.Advance(bytes.Length);
    }
}
