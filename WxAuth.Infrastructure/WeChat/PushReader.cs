using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <inheritdoc cref="IPushReader"/>
internal sealed class PushReader(WeChatApps apps) : IPushReader
{
    /// <inheritdoc/>
    public bool TakesPushes(string appId) => !string.IsNullOrEmpty(apps.Find(appId)?.PushToken);

    /// <inheritdoc/>
    public bool IsSigned(string appId, string? signature, string? timestamp, string? nonce) =>
        apps.Find(appId)?.PushToken is { Length: > 0 } token
        && timestamp is not null
        && nonce is not null
        && PushCrypto.IsSigned(signature, token, timestamp, nonce);

    /// <inheritdoc/>
    public PushReading Read(string appId, PushRequest request)
    {
        var app = apps.Get(appId);
        if (app.PushToken is not { Length: > 0 } token || request is not { Timestamp: { } timestamp, Nonce: { } nonce })
        {
            return Refuse(PushRefusal.SignatureInvalid);
        }

        if (string.IsNullOrEmpty(app.PushAesKey))
        {
            return PushCrypto.IsSigned(request.Signature, token, timestamp, nonce)
                ? ReadMessage(app, request.Body.Span)
                : Refuse(PushRefusal.SignatureInvalid);
        }

        if (PushMessage.Parse(request.Body.Span) is not { } envelope)
        {
            return Refuse(PushRefusal.Malformed);
        }

        if (envelope.Encrypt is not { } encrypted || !PushCrypto.IsSigned(request.MessageSignature, token, timestamp, nonce, encrypted))
        {
            return Refuse(PushRefusal.SignatureInvalid);
        }

        if (!PushCrypto.TryDecodeKey(app.PushAesKey, out var key) || PushCrypto.Decrypt(key, encrypted) is not { } decrypted)
        {
            return Refuse(PushRefusal.EncryptedDataInvalid);
        }

        return decrypted.AppId == app.AppId ? ReadMessage(app, decrypted.Message) : Refuse(PushRefusal.AppMismatch);
    }

    private static PushReading ReadMessage(WeChatAppOptions app, ReadOnlySpan<byte> body) =>
        PushMessage.Parse(body)?.ToEvent() switch
        {
            null => Refuse(PushRefusal.Malformed),
            // Messages need not name an app; one that does must name ours.
            { AppId: { } appId } when appId != app.AppId => Refuse(PushRefusal.AppMismatch),
            { } message => new PushReading.Read(message),
        };

    private static PushReading.Refused Refuse(PushRefusal refusal) => new(refusal);
}
