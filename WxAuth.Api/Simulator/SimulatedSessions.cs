using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace WxAuth.Api.Simulator;

/// <summary>The session of one user in one app, as it was when it was looked at.</summary>
internal sealed record SimulatedSession(string User, string OpenId, string SessionKey, DateTimeOffset KeyIssuedAt, DateTimeOffset ExpiresAt);

/// <summary>The session_keys: one for each user of each app.</summary>
internal sealed class SimulatedSessions(IOptions<WeChatSimulatorOptions> options, TimeProvider time)
{
    private readonly WeChatSimulatorOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string AppId, string OpenId), SimulatedSession> _sessions = [];
    private readonly Queue<(string AppId, string OpenId)> _oldestFirst = new();

    /// <summary>wx.login: a key of some age is replaced, a young one stays.</summary>
    public void Login(string appId, string user) =>
        Touch(appId, user, (session, now) => now - session.KeyIssuedAt >= _options.SessionKeyRotationAge);

    /// <summary>The session with the key that is current now; where there is none, one is made.</summary>
    public SimulatedSession Current(string appId, string user) => Touch(appId, user, static (_, _) => false);

    /// <summary>Replaces the key at once, whatever its age.</summary>
    public void Rotate(string appId, string user) => Touch(appId, user, static (_, _) => true);

    /// <returns><c>null</c>: no such session, or it is over.</returns>
    public SimulatedSession? Find(string appId, string openId)
    {
        lock (_gate)
        {
            return _sessions.TryGetValue((appId, openId), out var session) && time.GetUtcNow() < session.ExpiresAt ? session : null;
        }
    }

    /// <summary>Gives a session another key, which ends when the old one would have.</summary>
    /// <returns>The new key; <c>null</c> where the session has changed since it was looked at.</returns>
    public string? Reset(string appId, SimulatedSession seen)
    {
        var renewed = seen with { SessionKey = NewKey(), KeyIssuedAt = time.GetUtcNow() };
        lock (_gate)
        {
            if (!_sessions.TryGetValue((appId, seen.OpenId), out var now) || !ReferenceEquals(now, seen))
            {
                return null;
            }

            _sessions[(appId, seen.OpenId)] = renewed;
            return renewed.SessionKey;
        }
    }

    private SimulatedSession Touch(string appId, string user, Func<SimulatedSession, DateTimeOffset, bool> isStale)
    {
        var id = (AppId: appId, OpenId: SimulatedIdentity.OpenId(appId, user));
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_sessions.TryGetValue(id, out var session))
            {
                if (now < session.ExpiresAt && !isStale(session, now))
                {
                    return session;
                }
            }
            else
            {
                if (_sessions.Count >= _options.MaxSessions)
                {
                    _sessions.Remove(_oldestFirst.Dequeue());
                }

                _oldestFirst.Enqueue(id);
            }

            return _sessions[id] = new SimulatedSession(user, id.OpenId, NewKey(), now, now + _options.SessionKeyLifetime);
        }
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
}
