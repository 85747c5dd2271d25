namespace WxAuth.Domain.Sessions;

/// <summary>The kill switch: the ended sessions whose access tokens are still alive, in this node's memory.</summary>
public interface IEndedSessions
{
    /// <summary>
    /// Whether the set can be trusted: it has been loaded, and the node hears of new ends, or lost touch less than 60 seconds ago
    /// (with the database away no session can end).
    /// </summary>
    bool IsTrusted { get; }

    /// <summary>Why the session ended; <c>null</c> where it did not, as far as this node knows.</summary>
    SessionEndReason? Find(Guid sessionId);

    /// <summary>Completes when the next end is heard of. Take it before you look.</summary>
    Task NextNews { get; }
}
