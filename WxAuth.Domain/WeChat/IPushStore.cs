namespace WxAuth.Domain.WeChat;

/// <summary>Remembers message pushes, and keeps what they bring about.</summary>
public interface IPushStore
{
    /// <summary>
    /// Remembers a message, and keeps what it brings about, in one transaction: what failed may come again. The same message that is being
    /// handled elsewhere is waited for.
    /// </summary>
    /// <param name="push">What the message is known again by, and whom it is about.</param>
    /// <param name="handle">
    /// Changes whom it is about, and adds what is to be audited; run again from its read where a conflict comes up.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether it was new, or why it does nothing.</returns>
    Task<PushHandling> HandleOnceAsync(PushReceipt push, Action<PushSubject> handle, CancellationToken cancellationToken);
}

/// <summary>What became of a message.</summary>
public enum PushHandling
{
    /// <summary>It was new, and is handled now.</summary>
    New,

    /// <summary>It was handled before.</summary>
    Repeated,

    /// <summary>Its signed address came before with another body: somebody has seen it.</summary>
    AddressReused,
}

/// <summary>A message to be handled once.</summary>
/// <param name="KeyHash">What the message is known again by.</param>
/// <param name="AddressHash">What its signed address is known again by: the app, timestamp and nonce.</param>
/// <param name="AddressAndBodyHash">The same with the body. A signed address is good for one body.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">Whom it is about; <c>null</c>: nobody.</param>
public sealed record PushReceipt(
    byte[] KeyHash, byte[] AddressHash, byte[] AddressAndBodyHash, DateTimeOffset ReceivedAt, string AppId, string? OpenId)
{
    /// <summary>For so long a message is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);
}
