namespace WxAuth.Domain.WeChat;

/// <summary>A message that WeChat pushed, as far as it matters here. What a message does not carry is <c>null</c>; texts are trimmed and never empty.</summary>
/// <param name="MsgId">The message's id; events have none.</param>
/// <param name="FromUserName">For messages the user, for the user authorisation events a fixed sender of the platform and not the user.</param>
/// <param name="CreateTime">When it was made, in whole seconds.</param>
/// <param name="MsgType"><c>event</c> for events.</param>
/// <param name="Event">Which event; see <see cref="PushEventNames"/>.</param>
/// <param name="OpenId">The user whom a user authorisation event is about.</param>
/// <param name="AppId">The mini-program whom a user authorisation event is about.</param>
/// <param name="RevokedScopes">What the user took back, by WeChat's numbers (RevokeInfo); empty where nothing was.</param>
/// <param name="PluginAppId">The plug-in, where the event is about one.</param>
/// <param name="OpenPid">The user within that plug-in.</param>
public sealed record PushEvent(
    string? MsgId,
    string? FromUserName,
    DateTimeOffset? CreateTime,
    string? MsgType,
    string? Event,
    string? OpenId,
    string? AppId,
    IReadOnlyList<int> RevokedScopes,
    string? PluginAppId,
    string? OpenPid);

/// <summary>The user authorisation events.</summary>
public static class PushEventNames
{
    /// <summary>The user changed the profile.</summary>
    public const string UserInfoModified = "user_info_modified";

    /// <summary>The user took back scopes.</summary>
    public const string UserAuthorizationRevoke = "user_authorization_revoke";

    /// <summary>The user closed the WeChat account.</summary>
    public const string UserAuthorizationCancellation = "user_authorization_cancellation";
}

/// <summary>What came over HTTP: the query's fields and the body.</summary>
/// <param name="Signature">Over Token, timestamp and nonce; it does not cover the body.</param>
/// <param name="MessageSignature">Over Token, timestamp, nonce and the encrypted message.</param>
/// <param name="Timestamp">Unix seconds, as sent.</param>
/// <param name="Nonce">As sent.</param>
/// <param name="Body">JSON or XML.</param>
public sealed record PushRequest(string? Signature, string? MessageSignature, string? Timestamp, string? Nonce, ReadOnlyMemory<byte> Body);

/// <summary>Checks, decrypts and reads what WeChat pushes.</summary>
public interface IPushReader
{
    /// <summary>Whether the app is configured and takes pushes (has a PushToken).</summary>
    bool TakesPushes(string appId);

    /// <summary>Checks the signature of a request to verify the URL: over the app's Token, timestamp and nonce.</summary>
    bool IsSigned(string appId, string? signature, string? timestamp, string? nonce);

    /// <summary>
    /// Reads a push. An app with a PushAesKey takes nothing but an encrypted message under a good msg_signature: a plain body would be
    /// anybody's. The age of the timestamp is the caller's to check.
    /// </summary>
    PushReading Read(string appId, PushRequest request);
}

/// <summary>How reading a push ended.</summary>
public abstract record PushReading
{
    private PushReading()
    {
    }

    /// <param name="Event">The message.</param>
    public sealed record Read(PushEvent Event) : PushReading;

    /// <param name="Refusal">Why it was refused.</param>
    public sealed record Refused(PushRefusal Refusal) : PushReading;
}

/// <summary>Why a push was refused.</summary>
public enum PushRefusal
{
    /// <summary>The signature is missing or wrong, or the message is plain where it must be encrypted.</summary>
    SignatureInvalid,

    /// <summary>It does not decrypt.</summary>
    EncryptedDataInvalid,

    /// <summary>It is for another app.</summary>
    AppMismatch,

    /// <summary>It is neither JSON nor XML of a message.</summary>
    Malformed,
}
