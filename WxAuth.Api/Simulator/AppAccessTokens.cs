using System.Buffers.Text;
using System.Security.Cryptography;

namespace WxAuth.Api.Simulator;

internal enum TokenVerdict
{
    Good,

    /// <summary>Never issued, or replaced by a later one (40001).</summary>
    NotLatest,

    /// <summary>It lived to its end (42001).</summary>
    Expired,
}

/// <summary>An access_token and the rest of its life.</summary>
internal readonly record struct TokenGrant(string Token, TimeSpan ExpiresIn);

/// <summary>
/// The apps' access_tokens: for each app two slots that know nothing of each other, the classic one and the stable one, each with the
/// current token and the one before, which works for five more minutes.
/// </summary>
internal sealed class AppAccessTokens(TimeProvider time)
{
    private const int ForcedRefreshesPerDay = 20;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(2);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenForcedRefreshes = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string AppId, bool Stable), Slot> _slots = [];
    private readonly Dictionary<string, IssuedToken> _issued = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    /// <summary>GET /cgi-bin/token: a new token at every call.</summary>
    public TokenGrant IssueClassic(string appId)
    {
        lock (_gate)
        {
            return Renew(SlotOf(appId, stable: false), appId, time.GetUtcNow());
        }
    }

    /// <summary>POST /cgi-bin/stable_token: the same token until five minutes before its end, unless a refresh is forced.</summary>
    /// <returns><c>null</c>: the day's forced refreshes are used up.</returns>
    public TokenGrant? IssueStable(string appId, bool forceRefresh)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var slot = SlotOf(appId, stable: true);
            if (forceRefresh && (slot.ForcedAt is null || now - slot.ForcedAt >= BetweenForcedRefreshes))
            {
                var today = WeChatDay.Of(now);
                slot.ForcedToday = slot.ForcedOn == today ? slot.ForcedToday : 0;
                if (slot.ForcedToday == ForcedRefreshesPerDay)
                {
                    return null;
                }

                (slot.ForcedAt, slot.ForcedOn, slot.ForcedToday) = (now, today, slot.ForcedToday + 1);
                return Renew(slot, appId, now);
            }

            return slot.Current is { } current && current.ExpiresAt - now >= Overlap
                ? new TokenGrant(current.Value, current.ExpiresAt - now)
                : Renew(slot, appId, now);
        }
    }

    public (TokenVerdict Verdict, string AppId) Check(string token)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (!_issued.TryGetValue(token, out var issued))
            {
                return (TokenVerdict.NotLatest, "");
            }

            if (now < issued.GoodUntil)
            {
                return (TokenVerdict.Good, issued.AppId);
            }

            return (now < issued.ExpiresAt ? TokenVerdict.NotLatest : TokenVerdict.Expired, "");
        }
    }

    /// <summary>What "another node" does to us: every token of the app dies at once, and the next call gets a new one.</summary>
    public void Invalidate(string appId)
    {
        lock (_gate)
        {
            foreach (var slot in new[] { SlotOf(appId, stable: false), SlotOf(appId, stable: true) })
            {
                slot.Previous?.GoodUntil = DateTimeOffset.MinValue;
                slot.Current?.GoodUntil = DateTimeOffset.MinValue;
                slot.Current = slot.Previous = null;
            }
        }
    }

    private TokenGrant Renew(Slot slot, string appId, DateTimeOffset now)
    {
        // Long enough to be told in a late answer that it expired, then forgotten.
        while (_oldestFirst.TryPeek(out var oldest) && now >= _issued[oldest].ExpiresAt + Lifetime)
        {
            _issued.Remove(_oldestFirst.Dequeue());
        }

        // Two refreshes kill a leaked token: what was previous until now ends here.
        slot.Previous?.GoodUntil = DateTimeOffset.MinValue;
        slot.Previous = slot.Current;
        if (slot.Previous is { } previous && now + Overlap < previous.GoodUntil)
        {
            previous.GoodUntil = now + Overlap;
        }

        var token = new IssuedToken(appId, $"90_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(100))}", now + Lifetime);
        slot.Current = token;
        _issued.Add(token.Value, token);
        _oldestFirst.Enqueue(token.Value);
        return new TokenGrant(token.Value, Lifetime);
    }

    private Slot SlotOf(string appId, bool stable)
    {
        if (!_slots.TryGetValue((appId, stable), out var slot))
        {
            _slots.Add((appId, stable), slot = new Slot());
        }

        return slot;
    }

    private sealed class Slot
    {
        public IssuedToken? Current { get; set; }

        public IssuedToken? Previous { get; set; }

        public DateTimeOffset? ForcedAt { get; set; }

        public DateOnly ForcedOn { get; set; }

        public int ForcedToday { get; set; }
    }

    private sealed class IssuedToken(string appId, string value, DateTimeOffset expiresAt)
    {
        public string AppId => appId;

        public string Value => value;

        public DateTimeOffset ExpiresAt { get; } = expiresAt;

        /// <summary>Earlier than <see cref="ExpiresAt"/> once a later token has replaced this one.</summary>
        public DateTimeOffset GoodUntil { get; set; } = expiresAt;
    }
}
