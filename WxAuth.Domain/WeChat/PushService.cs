using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.Audit;

namespace WxAuth.Domain.WeChat;

/// <summary>Does what WeChat's message pushes ask for.</summary>
public sealed partial class PushService(
    IPushReader reader, IPushStore store, RefusedPushLog refusals, TimeProvider timeProvider, ILogger<PushService> logger)
{
    private const int MaxEventLength = 64;

    /// <summary>WeChat tries three times within seconds; a push that is older or younger than this is somebody else's repetition.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <inheritdoc cref="IPushReader.TakesPushes"/>
    public bool TakesPushes(string appId) => reader.TakesPushes(appId);

    /// <inheritdoc cref="IPushReader.IsSigned"/>
    public bool IsSigned(string appId, string? signature, string? timestamp, string? nonce) => reader.IsSigned(appId, signature, timestamp, nonce);

    /// <summary>Handles a push of an app that takes them.</summary>
    /// <returns>Why it was refused; <c>null</c>: it was handled, now or before.</returns>
    public async Task<PushRefusal?> HandleAsync(string appId, PushRequest request, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var reading = reader.Read(appId, request);
        if (reading is PushReading.Refused refused)
        {
            if (refusals.IsDue(appId, out var unlogged))
            {
                Log.Refused(logger, appId, refused.Refusal, unlogged);
            }

            return refused.Refusal;
        }

        var message = ((PushReading.Read)reading).Event;
        if (message.OpenId?.Contains('\0', StringComparison.Ordinal) is true)
        {
            // No openid has one, and PostgreSQL takes none.
            return PushRefusal.Malformed;
        }

        // The message's own time too: the address of a plain push does not sign it.
        if (!long.TryParse(request.Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sentAt) || !IsRecent(sentAt, now)
            || (message.CreateTime is { } createdAt && !IsRecent(createdAt.ToUnixTimeSeconds(), now)))
        {
            if (refusals.IsDue(appId, out var unlogged))
            {
                Log.NotOfNow(logger, appId, unlogged);
            }

            return PushRefusal.SignatureInvalid;
        }

        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(request.Body.Span));
        var handling = await store.HandleOnceAsync(
            new PushReceipt(
                KeyHash(appId, message, bodyHash),
                HashOf([appId, "address", request.Timestamp, request.Nonce]),
                HashOf([appId, "address", request.Timestamp, request.Nonce, bodyHash]),
                now,
                appId,
                message.OpenId),
            subject => Handle(subject, message, appId, new AuditContext(now, Ip: null)),
            cancellationToken);
        if (handling == PushHandling.AddressReused)
        {
            if (refusals.IsDue(appId, out var unlogged))
            {
                Log.Refused(logger, appId, PushRefusal.SignatureInvalid, unlogged);
            }

            return PushRefusal.SignatureInvalid;
        }

        Log.Handled(logger, appId, handling);
        return null;
    }

    private static bool IsRecent(long seconds, DateTimeOffset now) => Math.Abs(seconds - now.ToUnixTimeSeconds()) <= MaxAge.TotalSeconds;

    private static string KindOf(PushEvent message) =>
        (message.Event ?? message.MsgType) is { Length: <= MaxEventLength } name && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_')
            ? name
            : "other";

    private static void Handle(PushSubject subject, PushEvent message, string appId, AuditContext context)
    {
        switch (message.Event)
        {
            case PushEventNames.UserAuthorizationCancellation:
                subject.Cancel(context);
                break;
            case PushEventNames.UserAuthorizationRevoke:
                subject.TakeBack(message.RevokedScopes.Aggregate(RevokedData.None, (revoked, scope) => revoked | DataOf(scope)));
                break;
        }

        subject.Events.Add(AuditEvents.PushReceived(subject.User?.User.Id, appId, KindOf(message), message.RevokedScopes, context));
    }

    private static RevokedData DataOf(int scope) => scope switch
    {
        6 or 19 or 20 => RevokedData.Profile, // nickname and avatar, nickname keyboard, avatar component
        8 => RevokedData.Phone,
        _ => RevokedData.None,
    };

    // WeChat's own advice is MsgId, or FromUserName and CreateTime for events. The sender of these events is the same for all users, hence
    // the openid; and a user may take back two scopes within one second, hence the scopes. Written as JSON, so that no two lists look alike.
    private static byte[] KeyHash(string appId, PushEvent message, string bodyHash)
    {
        string?[] parts = message switch
        {
            { MsgId: { } id } => [appId, "id", id],
            { CreateTime: { } createdAt } =>
            [
                appId, "event", message.FromUserName, createdAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), message.MsgType, message.Event,
                message.OpenId, string.Join(',', message.RevokedScopes), message.PluginAppId, message.OpenPid,
            ],
            _ => [appId, "body", bodyHash],
        };
        return HashOf(parts);
    }

    private static byte[] HashOf(string?[] parts) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts));

    private static partial class Log
    {
        [LoggerMessage(2210, LogLevel.Warning, "A message push for {AppId} was refused: {Refusal} ({Unlogged} before it were not logged).")]
        public static partial void Refused(ILogger logger, string appId, PushRefusal refusal, int unlogged);

        [LoggerMessage(
            2211, LogLevel.Warning,
            "A message push for {AppId} was refused: its time is more than five minutes away ({Unlogged} before it were not logged).")]
        public static partial void NotOfNow(ILogger logger, string appId, int unlogged);

        [LoggerMessage(2212, LogLevel.Debug, "A message push for {AppId} was taken ({Handling}).")]
        public static partial void Handled(ILogger logger, string appId, PushHandling handling);
    }
}
