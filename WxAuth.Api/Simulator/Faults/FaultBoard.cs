namespace WxAuth.Api.Simulator.Faults;

/// <summary>The active faults, oldest first.</summary>
internal sealed class FaultBoard
{
    /// <summary>Most faults at a time.</summary>
    public const int Capacity = 200;

    private readonly Lock _gate = new();
    private readonly List<ActiveFault> _active = [];
    private volatile bool _any;
    private long _lastId;

    /// <summary>Puts a fault up, or only numbers it where it is done at once.</summary>
    /// <returns><c>null</c>: the board is full.</returns>
    public FaultResponse? Add(Fault fault)
    {
        lock (_gate)
        {
            if (fault.IsImmediate)
            {
                return fault.Describe(++_lastId, remaining: 0);
            }

            if (fault.Effect is FaultEffect.BindOpenPlatform or FaultEffect.UnbindOpenPlatform or FaultEffect.Quota)
            {
                _active.RemoveAll(active => IsReplacedBy(active.Fault, fault));
            }

            if (_active.Count == Capacity)
            {
                return null;
            }

            var added = new ActiveFault(++_lastId, fault);
            _active.Add(added);
            _any = true;
            return added.Describe();
        }
    }

    public IReadOnlyList<FaultResponse> List()
    {
        lock (_gate)
        {
            return [.. _active.Select(active => active.Describe())];
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _active.Clear();
            _any = false;
        }
    }

    /// <summary>
    /// Takes what is due for one call: the oldest ending that fits, and every manner that fits. Of two endings the second waits until
    /// the first is used up, so that "twice -1, then a page of HTML" can be asked for.
    /// </summary>
    public FaultPlan Take(WeChatCall call, string? appId, Func<string?> findUser)
    {
        if (!_any)
        {
            return FaultPlan.None;
        }

        var user = findUser();
        lock (_gate)
        {
            var fitting = _active.FindAll(active => active.Fault.Fits(call, appId, user));
            var ending = fitting.Find(active => active.Fault.IsEnding);
            var manners = fitting.FindAll(active => active.Fault.IsManner);
            Spend(ending is null ? manners : [ending, .. manners]);
            return new FaultPlan(ending?.Fault, [.. manners.Select(active => active.Fault)]);
        }
    }

    /// <summary>The errcode that WeChat blocks the user with; <c>null</c>: it does not.</summary>
    public int? TakeBlock(string appId, string user)
    {
        if (!_any)
        {
            return null;
        }

        lock (_gate)
        {
            var block = _active.Find(active =>
                active.Fault.Effect is FaultEffect.UserBlocked && active.Fault.Fits(WeChatCall.Code2Session, appId, user));
            if (block is null)
            {
                return null;
            }

            Spend([block]);
            return block.Fault.Errcode;
        }
    }

    private void Spend(List<ActiveFault> used)
    {
        foreach (var active in used)
        {
            active.Remaining--;
            if (active.Remaining == 0)
            {
                _active.Remove(active);
            }
        }

        _any = _active.Count > 0;
    }

    private static bool IsReplacedBy(Fault standing, Fault next) => next.Effect is FaultEffect.Quota
        ? standing.Effect is FaultEffect.Quota && standing.Call == next.Call
        : standing.Effect is FaultEffect.BindOpenPlatform or FaultEffect.UnbindOpenPlatform
            && string.Equals(standing.AppId, next.AppId, StringComparison.Ordinal);

    private sealed class ActiveFault(long id, Fault fault)
    {
        public Fault Fault => fault;

        public int? Remaining { get; set; } = fault.Times;

        public FaultResponse Describe() => fault.Describe(id, Remaining);
    }
}
