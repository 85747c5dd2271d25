namespace WxAuth.Domain.WeChat;

/// <summary>A fault of WeChat, or of our configuration at WeChat. Its message names no secret and is for the log alone.</summary>
public sealed class WeChatException(WeChatFault fault, string message, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What is wrong.</summary>
    public WeChatFault Fault { get; } = fault;

    /// <summary>How long the caller should wait, where that is known (an open circuit breaker: the rest of its time).</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>The ways in which WeChat fails.</summary>
public enum WeChatFault
{
    /// <summary>Timed out, refused, reset, HTTP 5xx, errcode -1 after its retry, a token error after its retry, breaker open, queue full.</summary>
    Unavailable,

    /// <summary>Status 200 with something that is no answer, or an errcode that is not known.</summary>
    BadResponse,

    /// <summary>WeChat refuses the app's configuration: an operator must act.</summary>
    RejectedApp,

    /// <summary>errcode 45011 or 45009: our quota at WeChat is used up.</summary>
    RateLimited,
}
