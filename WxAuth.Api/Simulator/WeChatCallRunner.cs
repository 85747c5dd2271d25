using WxAuth.Api.Simulator.Faults;

namespace WxAuth.Api.Simulator;

/// <summary>Answers a call by WeChat's rules, or spoils the answer as the active faults want it.</summary>
internal sealed class WeChatCallRunner(FaultBoard faults, CallStatistics statistics, TimeProvider time)
{
    private static readonly byte[] HtmlPage = WeChatReply.Utf8(
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n");

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    // A request that hangs ends when its client gives up, and after this time in any case.
    private static readonly TimeSpan LongestHang = TimeSpan.FromMinutes(10);

    /// <param name="context">The request.</param>
    /// <param name="call">Which call it is.</param>
    /// <param name="appId">The app, as far as the request names one.</param>
    /// <param name="findUser">Finds the user whom the call is about; only asked while there are faults.</param>
    /// <param name="answer">The rules; running it has the call's effects.</param>
    public async Task RunAsync(HttpContext context, WeChatCall call, string? appId, Func<string?> findUser, Func<WeChatReply> answer)
    {
        statistics.Arrived(call);
        var plan = faults.Take(call, appId, findUser);
        if (plan.IsEmpty)
        {
            await SendAsync(context, call, answer(), plan);
            return;
        }

        statistics.Disturbed(call);
        try
        {
            await RunSpoiltAsync(context, call, plan, answer);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client gave up waiting, which is what the fault is for.
            context.Abort();
        }
    }

    private async Task RunSpoiltAsync(HttpContext context, WeChatCall call, FaultPlan plan, Func<WeChatReply> answer)
    {
        var ending = plan.Ending;
        var reply = ending is null || ending.RunsTheRules ? answer() : null;
        if (plan.Delay > TimeSpan.Zero)
        {
            await Task.Delay(plan.Delay, time, context.RequestAborted);
        }

        switch (ending?.Effect)
        {
            case FaultEffect.ConnectionReset or FaultEffect.ReplyLost:
                context.Abort();
                return;
            case FaultEffect.Hang:
                await Task.Delay(LongestHang, time, context.RequestAborted);
                context.Abort();
                return;
            case FaultEffect.Html:
                await WeChatReply.SendAsync(context, ending.Status, "text/html", HtmlPage, context.RequestAborted);
                return;
            case FaultEffect.EmptyBody:
                await WeChatReply.SendAsync(context, ending.Status, ContentTypeOf(call), default, context.RequestAborted);
                return;
            case FaultEffect.Errcode:
                await SendAsync(context, call, WeChatReply.Error(ending.Errcode, ending.Errmsg), plan);
                return;
            default:
                await SendAsync(context, call, reply!, plan);
                return;
        }
    }

    private Task SendAsync(HttpContext context, WeChatCall call, WeChatReply reply, FaultPlan plan)
    {
        statistics.Answered(call, reply.Errcode == 0);
        if (reply.Errcode == 0)
        {
            if (plan.Has(FaultEffect.ExpiresIn))
            {
                reply.Members["expires_in"] = 7200;
            }

            if (plan.Has(FaultEffect.ErrcodeZero) || plan.Has(FaultEffect.ErrcodeString))
            {
                reply.Members["errcode"] = 0;
                reply.Members["errmsg"] = "ok";
            }
        }

        if (plan.Has(FaultEffect.ErrcodeString))
        {
            reply.Members["errcode"] = reply.Errcode.ToString();
        }

        var json = reply.Write(time.GetUtcNow(), plan.Has(FaultEffect.OldHints));
        if (plan.Has(FaultEffect.EscapedSlash))
        {
            json = json.Replace("/", "\\/", StringComparison.Ordinal);
        }

        var body = WeChatReply.Utf8(json);
        if (plan.Has(FaultEffect.ByteOrderMark))
        {
            body = [.. ByteOrderMark, .. body];
        }

        var sent = plan.Ending?.Effect is FaultEffect.TruncatedJson ? body.AsMemory(0, body.Length / 2) : body;
        return WeChatReply.SendAsync(context, StatusCodes.Status200OK, ContentTypeOf(call), sent, context.RequestAborted);
    }

    // The header says text/plain although the body is JSON: WeChat's, not ours.
    private static string ContentTypeOf(WeChatCall call) => call is WeChatCall.Code2Session ? "text/plain" : "application/json";
}
