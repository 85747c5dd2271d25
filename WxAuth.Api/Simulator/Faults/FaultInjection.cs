namespace WxAuth.Api.Simulator.Faults;

/// <summary>Checks what is asked for, and brings it about.</summary>
internal sealed class FaultInjection(
    FaultBoard board, SimulatedApps apps, SimulatedSessions sessions, AppAccessTokens tokens, CallQuotas quotas)
{
    private const int Most = 1_000_000;

    /// <returns>The fault as it stands, or a sentence that says what is wrong with the request.</returns>
    public (FaultResponse? Added, string? Problem) Add(FaultRequest request)
    {
        if (request.Kind is null || !FaultKinds.ByName.TryGetValue(request.Kind, out var kind))
        {
            return Refused($"kind must be one of {string.Join(", ", FaultKinds.ByName.Keys.Order(StringComparer.Ordinal))}.");
        }

        if (Problem(request, kind.Effect) is { } problem)
        {
            return Refused(problem);
        }

        if (apps.FindOrDefault(request.AppId) is not { } app)
        {
            return Refused("appId is not an app of the simulator.");
        }

        var errcode = kind.Effect is FaultEffect.Errcode or FaultEffect.UserBlocked ? request.Errcode ?? kind.Errcode ?? 0 : 0;
        var needsApp = kind.Effect >= FaultEffect.BindOpenPlatform;
        var fault = new Fault
        {
            Kind = request.Kind,
            Effect = kind.Effect,
            Call = request.Call is null ? null : WeChatCallNames.ByName[request.Call],
            User = request.User,
            AppId = needsApp ? app.AppId : request.AppId,
            Times = request.Times,
            Errcode = errcode,
            Errmsg = request.Errmsg ?? WeChatErrors.TextOf(errcode),
            Status = request.Status ?? (kind.Effect is FaultEffect.Html ? StatusCodes.Status502BadGateway : StatusCodes.Status200OK),
            Delay = TimeSpan.FromMilliseconds(request.DelayMs ?? 0),
            Limit = request.Limit ?? 0,
            OpenPlatform = request.OpenPlatform,
            RunsTheRules = kind.Effect is FaultEffect.ReplyLost or FaultEffect.Hang or FaultEffect.TruncatedJson || request.Consume is true,
        };

        if (board.Add(fault) is not { } added)
        {
            return Refused($"There are {FaultBoard.Capacity} faults already: clear them first.");
        }

        Apply(fault, app);
        return (added, null);
    }

    /// <summary>Back to WeChat's rules and to the apps as they were configured.</summary>
    public void Clear()
    {
        board.Clear();
        quotas.Restore();
        apps.RestoreBindings();
    }

    private void Apply(Fault fault, SimulatedApp app)
    {
        switch (fault.Effect)
        {
            case FaultEffect.Quota:
                quotas.Limit(fault.Call!.Value, fault.Limit);
                break;
            case FaultEffect.BindOpenPlatform:
                apps.Rebind(app, fault.OpenPlatform);
                break;
            case FaultEffect.UnbindOpenPlatform:
                apps.Rebind(app, openPlatform: null);
                break;
            case FaultEffect.RotateSessionKey:
                sessions.Rotate(app.AppId, fault.User!);
                break;
            case FaultEffect.TokenInvalidated:
                tokens.Invalidate(app.AppId);
                break;
            default:
                // The others wait on the board for their calls.
                break;
        }
    }

    private static string? Problem(FaultRequest request, FaultEffect effect)
    {
        if (request.Call is not null && !WeChatCallNames.ByName.ContainsKey(request.Call))
        {
            return $"call must be one of {string.Join(", ", WeChatCallNames.ByName.Keys)}, or left out for all of them.";
        }

        if (request.User is not null && !SimulatedIdentity.IsUserName(request.User))
        {
            return "user must be 1 to 64 characters.";
        }

        if (request.User is not null && request.Call is "token" or "stable_token")
        {
            return $"{request.Call} is about no user: leave user out.";
        }

        if (request.Times is < 1 or > Most)
        {
            return $"times must be 1 to {Most}, or left out until the faults are cleared.";
        }

        if (request.Times is not null && effect is FaultEffect.Quota or >= FaultEffect.BindOpenPlatform)
        {
            return $"{request.Kind} is not counted: leave times out.";
        }

        return ProblemOfKind(request, effect);
    }

    private static string? ProblemOfKind(FaultRequest request, FaultEffect effect) => effect switch
    {
        FaultEffect.Errcode when request.Kind is "errcode" && request.Errcode is null or 0 => "errcode must be a number other than 0.",
        FaultEffect.UserBlocked when request.Errcode is not (null or WeChatErrors.HighRiskUser or WeChatErrors.RestrictedUser) =>
            "errcode of user_blocked must be 40226 or 50002.",
        FaultEffect.UserBlocked or FaultEffect.RotateSessionKey when request.User is null => $"{request.Kind} needs user.",
        FaultEffect.Html or FaultEffect.EmptyBody when request.Status is < 200 or 204 or 205 or 304 or > 599 =>
            "status must be 200 to 599, and one that has a body.",
        FaultEffect.Delay when request.DelayMs is null or < 1 or > 600_000 => "delay needs delayMs, 1 to 600000.",
        FaultEffect.Quota when request.Call is null || request.Limit is null or < 0 or > Most => $"quota needs call, and limit from 0 to {Most}.",
        FaultEffect.BindOpenPlatform when request.OpenPlatform is not { Length: > 0 and <= 64 } =>
            "bind_open_platform needs openPlatform, 1 to 64 characters.",
        _ => null,
    };

    private static (FaultResponse? Added, string? Problem) Refused(string problem) => (null, problem);
}
