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
    /// <returns>Whether it was new; a message that was handled before does nothing.</returns>
    Task<bool> HandleOnceAsync(PushReceipt push, Action<PushSubject> handle, CancellationToken cancellationToken);
}

/// <summary>A message to be handled once.</summary>
/// <param name="KeyHash">What the message is known again by.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">Whom it is about; <c>null</c>: nobody.</param>
public sealed record PushReceipt(byte[] KeyHash, DateTimeOffset ReceivedAt, string AppId, string? OpenId)
{
    /// <summary>For so long a message is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);
}
