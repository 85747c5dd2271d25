namespace WxAuth.Infrastructure.Persistence;

/// <summary>A message push that was handled, remembered for a day so that its repetition does nothing.</summary>
internal sealed class ReceivedPush
{
    /// <summary>SHA-256 of what makes the message that message.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>When it was handled.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}
