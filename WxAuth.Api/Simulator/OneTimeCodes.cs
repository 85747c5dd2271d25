using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace WxAuth.Api.Simulator;

internal enum CodeKind
{
    /// <summary>Of wx.login: 32 alphanumerics.</summary>
    Login,

    /// <summary>Of the phone number button: 64 lower-case hex digits.</summary>
    Phone,
}

internal enum CodeVerdict
{
    Good,

    /// <summary>Made up, expired, or of the other kind.</summary>
    Invalid,
    Used,

    /// <summary>Another app's. The attempt has used it up: what the next attempt sees is <see cref="Used"/>.</summary>
    OtherApp,
}

/// <summary>The codes that were handed out to phones: each good once, for its own app, for a limited time.</summary>
internal sealed class OneTimeCodes(IOptions<WeChatSimulatorOptions> options, TimeProvider time)
{
    private const string Alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly WeChatSimulatorOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IssuedCode> _codes = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    public string Issue(CodeKind kind, string appId, string user)
    {
        var code = kind is CodeKind.Login
            ? RandomNumberGenerator.GetString(Alphanumerics, 32)
            : RandomNumberGenerator.GetHexString(64, lowercase: true);
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Sweep(now);
            _codes.Add(code, new IssuedCode(kind, appId, user, now + _options.CodeLifetime));
            _oldestFirst.Enqueue(code);
        }

        return code;
    }

    /// <summary>The user that a code was handed out to; <c>null</c>: not a code of ours. It uses nothing up.</summary>
    public string? UserOf(string code)
    {
        lock (_gate)
        {
            return _codes.GetValueOrDefault(code)?.User;
        }
    }

    /// <summary>Uses the code up.</summary>
    /// <returns>How that went, with the user where it is <see cref="CodeVerdict.Good"/>.</returns>
    public (CodeVerdict Verdict, string User) Redeem(CodeKind kind, string appId, string code)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (!_codes.TryGetValue(code, out var issued) || issued.Kind != kind)
            {
                return (CodeVerdict.Invalid, "");
            }

            if (issued.Used)
            {
                return (CodeVerdict.Used, "");
            }

            if (now >= issued.ExpiresAt)
            {
                return (CodeVerdict.Invalid, "");
            }

            issued.Used = true;
            return string.Equals(issued.AppId, appId, StringComparison.Ordinal)
                ? (CodeVerdict.Good, issued.User)
                : (CodeVerdict.OtherApp, "");
        }
    }

    /// <summary>Uses the code up, whosever it is.</summary>
    public void Burn(string code)
    {
        lock (_gate)
        {
            if (_codes.TryGetValue(code, out var issued))
            {
                issued.Used = true;
            }
        }
    }

    // A used code is remembered for one more lifetime, so that a late second try still reads "used".
    private void Sweep(DateTimeOffset now)
    {
        while (_oldestFirst.TryPeek(out var oldest)
            && (_codes.Count >= _options.MaxCodes || now >= _codes[oldest].ExpiresAt + _options.CodeLifetime))
        {
            _codes.Remove(_oldestFirst.Dequeue());
        }
    }

    private sealed class IssuedCode(CodeKind kind, string appId, string user, DateTimeOffset expiresAt)
    {
        public CodeKind Kind => kind;

        public string AppId => appId;

        public string User => user;

        public DateTimeOffset ExpiresAt => expiresAt;

        public bool Used { get; set; }
    }
}
