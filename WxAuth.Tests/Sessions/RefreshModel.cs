using System.Globalization;

namespace WxAuth.Tests.Sessions;

/// <summary>
/// What design.md says of one session's refresh tokens, in its own words: a chain of tokens, each unused or used at a time. Tokens are
/// numbered from 0, the login's.
/// </summary>
/// <param name="UsedAt">When each token was first used; <c>null</c> for the last one, which is not.</param>
/// <param name="CreatedAt">The login.</param>
/// <param name="ExpiresAt">The idle or absolute end.</param>
/// <param name="EndReason">The wire's name; <c>null</c> while it has not ended.</param>
internal sealed record RefreshModel(IReadOnlyList<DateTimeOffset?> UsedAt, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string? EndReason)
{
    public static readonly TimeSpan Idle = TimeSpan.FromDays(30);
    public static readonly TimeSpan Absolute = TimeSpan.FromDays(180);
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>The number of the one token that has not been used.</summary>
    public int Unused => UsedAt.Count - 1;

    public static RefreshModel LoggedIn(DateTimeOffset now) => new([null], now, now + Idle, null);

    /// <summary>What a refresh with a token answers, and what the session is then.</summary>
    public (RefreshModel Next, string Answer) Refresh(int token, DateTimeOffset now)
    {
        if (EndReason is not null)
        {
            return (this, $"session_revoked {EndReason}");
        }

        if (now >= ExpiresAt)
        {
            return (this, "refresh_token_expired");
        }

        if (UsedAt[token] is not { } usedAt)
        {
            var end = now + Idle < CreatedAt + Absolute ? now + Idle : CreatedAt + Absolute;
            return (this with { UsedAt = [.. UsedAt.Take(token), now, null], ExpiresAt = end }, Successor(token));
        }

        var successorIsUnused = UsedAt[token + 1] is null;
        return successorIsUnused && now <= usedAt + Grace
            ? (this, Successor(token))
            : (this with { EndReason = "refresh_token_reused" }, "refresh_token_reused");
    }

    /// <summary>A session can be revoked until the clock skew after its end, when its last access token is dead everywhere.</summary>
    public RefreshModel LogOut(DateTimeOffset now) => EndReason is null && now < ExpiresAt + Skew ? this with { EndReason = "logout" } : this;

    private static string Successor(int token) => string.Create(CultureInfo.InvariantCulture, $"token {token + 1}");
}
