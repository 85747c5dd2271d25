namespace WxAuth.Api.Simulator.Push;

/// <summary>
/// A message push to make, for example <c>{"event":"user_authorization_revoke","user":"alice","revokeInfo":"6"}</c>.
/// </summary>
public sealed record PushRequest
{
    /// <summary>The mini-program; left out: the first one. It needs a PushToken.</summary>
    public string? AppId { get; init; }

    /// <summary>Where to; left out: <c>/api/wechat/{appId}/push</c> of this server. Loopback addresses only.</summary>
    public string? Url { get; init; }

    /// <summary>The user that the event is about; optional with <c>user_info_modified</c>, which WeChat is known to send without one.</summary>
    public string? User { get; init; }

    /// <summary><c>user_info_modified</c>, <c>user_authorization_revoke</c>, <c>user_authorization_cancellation</c>, or <c>verify</c> for the check of the URL (GET).</summary>
    /// <example>user_authorization_revoke</example>
    public string? Event { get; init; }

    /// <summary>For <c>user_authorization_revoke</c>: numbers of the scopes that the user took back, as WeChat writes them. Default: <c>6</c>, nickname and avatar.</summary>
    /// <example>6</example>
    public string? RevokeInfo { get; init; }

    /// <summary><c>json</c> (default) or <c>xml</c>.</summary>
    public string? Format { get; init; }

    /// <summary><c>secure</c> (encrypted; default where the app has a PushAesKey) or <c>plain</c>.</summary>
    public string? Mode { get; init; }

    /// <summary>
    /// <c>tampered</c> (the encrypted text was changed after signing), <c>wrong_signature</c>, <c>other_appid</c> (well signed, for another app),
    /// <c>duplicate</c> (the same message again), <c>old</c> or <c>young</c> (by ten minutes); left out: none.
    /// </summary>
    public string? Fault { get; init; }

    /// <summary>How often the message is delivered, 1 to 20; default 1, with <c>duplicate</c> 2. Each delivery has a nonce of its own.</summary>
    public int? Times { get; init; }

    /// <summary>
    /// Seconds by which the event is older than its delivery, 0 to 86400 (its CreateTime, not the timestamp of the request): what an event
    /// looks like that a later one has overtaken. Default 0.
    /// </summary>
    public int? AgeSeconds { get; init; }
}

/// <summary>How a delivery went.</summary>
/// <param name="Status">HTTP status of the answer; <c>null</c>: there was none in any try.</param>
/// <param name="Body">Its text, at most 4096 characters.</param>
/// <param name="Tries">1 to 3: WeChat tries again where no answer came within 5 s.</param>
public sealed record PushDelivery(int? Status, string? Body, int Tries);

/// <summary>What a push got.</summary>
/// <param name="Status">Of the last delivery.</param>
/// <param name="Body">Of the last delivery.</param>
/// <param name="Tries">Of the last delivery.</param>
/// <param name="Deliveries">Each of them, in order.</param>
public sealed record PushResponse(int? Status, string? Body, int Tries, IReadOnlyList<PushDelivery> Deliveries);
