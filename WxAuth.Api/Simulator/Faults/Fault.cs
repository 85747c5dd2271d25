namespace WxAuth.Api.Simulator.Faults;

/// <summary>A fault that was checked and can be put up.</summary>
internal sealed record Fault
{
    public required string Kind { get; init; }

    public required FaultEffect Effect { get; init; }

    public WeChatCall? Call { get; init; }

    public string? User { get; init; }

    public string? AppId { get; init; }

    /// <summary><c>null</c>: until it is cleared.</summary>
    public int? Times { get; init; }

    public int Errcode { get; init; }

    public string Errmsg { get; init; } = "";

    public int Status { get; init; }

    public TimeSpan Delay { get; init; }

    public int Limit { get; init; }

    public string? OpenPlatform { get; init; }

    /// <summary>Whether a call that it ends is carried out first.</summary>
    public bool RunsTheRules { get; init; }

    /// <summary>Whether it decides how a call ends, which one fault alone can do.</summary>
    public bool IsEnding => Effect <= FaultEffect.TruncatedJson;

    /// <summary>Whether it alters the answer, beside others.</summary>
    public bool IsManner => Effect is >= FaultEffect.Delay and <= FaultEffect.OldHints;

    /// <summary>Whether it is done at once, and never active.</summary>
    public bool IsImmediate => Effect >= FaultEffect.RotateSessionKey;

    public bool Fits(WeChatCall call, string? appId, string? user) =>
        (Call is null || Call == call)
        && (AppId is null || string.Equals(AppId, appId, StringComparison.Ordinal))
        && (User is null || string.Equals(User, user, StringComparison.Ordinal));

    public FaultResponse Describe(long id, int? remaining) => new(
        id, Kind, Call is { } call ? WeChatCallNames.NameOf(call) : null, User, AppId, Errcode == 0 ? null : Errcode, remaining);
}

/// <summary>What the faults have in store for one call.</summary>
internal sealed record FaultPlan(Fault? Ending, IReadOnlyList<Fault> Manners)
{
    public static FaultPlan None { get; } = new(null, []);

    public bool IsEmpty => Ending is null && Manners.Count == 0;

    public TimeSpan Delay => Manners.Aggregate(TimeSpan.Zero, static (sum, fault) => sum + fault.Delay);

    public bool Has(FaultEffect effect) => Manners.Any(fault => fault.Effect == effect);
}
