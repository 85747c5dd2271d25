namespace WxAuth.Domain.WeChat;

/// <summary>Keeps what message pushes bring about, each once.</summary>
public interface IPushStore
{
    /// <summary>Remembers the message, does what it asks for and audits it, in one transaction.</summary>
    /// <returns>Whether it was new; a message that was handled before does nothing.</returns>
    Task<bool> HandleAsync(HandledPush push, CancellationToken cancellationToken);
}

/// <summary>A push, and what is to come of it.</summary>
/// <param name="KeyHash">What the message is known again by.</param>
/// <param name="Now">When it came.</param>
/// <param name="AppId">The mini-program.</param>
/// <param name="OpenId">Whom it is about; <c>null</c>: nobody.</param>
/// <param name="Event">Its kind, for the audit log.</param>
/// <param name="RevokedScopes">What the user took back, for the audit log.</param>
/// <param name="Effect">What it does to the user.</param>
public sealed record HandledPush(
    byte[] KeyHash, DateTimeOffset Now, string AppId, string? OpenId, string Event, IReadOnlyList<int> RevokedScopes, PushEffects Effect)
{
    /// <summary>For so long a message is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);
}

/// <summary>What a push does to its user.</summary>
[Flags]
public enum PushEffects
{
    /// <summary>Nothing but its line in the audit log.</summary>
    None = 0,

    /// <summary>Nickname and avatar are cleared.</summary>
    ClearProfile = 1,

    /// <summary>The phone number is cleared.</summary>
    ClearPhone = 2,

    /// <summary>The identity is removed, and the user with it where nothing else leads to it.</summary>
    RemoveIdentity = 4,
}
