using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>Makes a fault of an errcode, and tells the operator. Of the errmsg only the rid is kept: the rest can name addresses.</summary>
internal sealed partial class WeChatFaults(ILogger<WeChatFaults> logger)
{
    /// <param name="appId">The mini-program.</param>
    /// <param name="call">The call, for the log.</param>
    /// <param name="reply">An answer whose errcode is none that the caller expects.</param>
    public WeChatException Of(string appId, string call, WeChatReply reply)
    {
        if (reply.ErrorCode is WeChatErrorCodes.Busy)
        {
            return new WeChatException(WeChatFault.Unavailable, "WeChat is busy (errcode -1).");
        }

        if (WeChatErrorCodes.IsRejectedApp(reply.ErrorCode))
        {
            return RejectedApp(appId, call, reply);
        }

        var rid = RidOf(reply.ErrorMessage);
        if (WeChatErrorCodes.IsRateLimit(reply.ErrorCode))
        {
            Log.RateLimited(logger, appId, call, reply.ErrorCode, rid);
            // Both quotas are counted by the minute at the shortest.
            return new WeChatException(WeChatFault.RateLimited, $"WeChat limits {call} (errcode {reply.ErrorCode}).", TimeSpan.FromMinutes(1));
        }

        Log.UnknownErrorCode(logger, appId, call, reply.ErrorCode, rid);
        return new WeChatException(WeChatFault.BadResponse, $"WeChat answered {call} with errcode {reply.ErrorCode}.");
    }

    /// <summary>WeChat refuses the configuration of the app.</summary>
    public WeChatException RejectedApp(string appId, string call, WeChatReply reply)
    {
        Log.RejectedApp(logger, appId, call, reply.ErrorCode, RidOf(reply.ErrorMessage));
        return new WeChatException(WeChatFault.RejectedApp, $"WeChat refuses the app's configuration (errcode {reply.ErrorCode}).");
    }

    /// <summary>The id by which WeChat's support finds the request; <c>-</c> where there is none.</summary>
    public static string RidOf(string? errorMessage) =>
        errorMessage is not null && Rid().Match(errorMessage) is { Success: true } match ? match.Groups["rid"].Value : "-";

    // "..., rid: 652d44d0-1d0af18b-5b069232"; before 2020 "..., hints: [ req_id: MdoBRh4FE-_iqKea ]".
    [GeneratedRegex(@"\b(?:rid|req_id):\s{0,4}(?<rid>[A-Za-z0-9_-]{8,40})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Rid();

    private static partial class Log
    {
        [LoggerMessage(3110, LogLevel.Critical, "WeChat refuses the configuration of {AppId} at {Call}: errcode {ErrorCode}, rid {Rid}. Nobody can log in until it is mended.")]
        public static partial void RejectedApp(ILogger logger, string appId, string call, int errorCode, string rid);

        [LoggerMessage(3111, LogLevel.Warning, "WeChat limits {AppId} at {Call}: errcode {ErrorCode}, rid {Rid}.")]
        public static partial void RateLimited(ILogger logger, string appId, string call, int errorCode, string rid);

        [LoggerMessage(3112, LogLevel.Warning, "WeChat answered {AppId} at {Call} with an unknown errcode {ErrorCode}, rid {Rid}.")]
        public static partial void UnknownErrorCode(ILogger logger, string appId, string call, int errorCode, string rid);
    }
}
