using WxAuth.Api.Problems;

namespace WxAuth.Api.Compatibility;

/// <summary><c>POST /login</c>: 400 for a missing code, in the tutorial's words; 500 for all else.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MessageFormatAttribute : Attribute, IProblemFormat
{
    /// <summary>What the tutorial's server says.</summary>
    public const string MissingCode = "Missing code";

    public (int Status, object Body)? Format(Problem problem, ProblemLanguage language) =>
        (StatusCodes.Status500InternalServerError, new { message = problem.Entry.Title.In(language) });
}

/// <summary><c>POST /user/wechatlogin</c>: status 200, the code tells.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CodeAndMsgFormatAttribute : Attribute, IProblemFormat
{
    public (int Status, object Body)? Format(Problem problem, ProblemLanguage language) =>
        (StatusCodes.Status200OK, new { code = 10001, msg = problem.Entry.Title.In(language) });
}

/// <summary><c>GET /login</c>: 401 for every failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CodeDataMessageFormatAttribute : Attribute, IProblemFormat
{
    public (int Status, object Body)? Format(Problem problem, ProblemLanguage language) =>
        (StatusCodes.Status401Unauthorized, new { code = 1, data = "", message = problem.Entry.Title.In(language) });
}

/// <summary><c>GET /mobileApi/user/checkBind</c>: status 200; who is not bound gets the binding ticket in the place of an openid.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CheckBindFormatAttribute : Attribute, IProblemFormat
{
    // An openid alone must not bind anything: whoever knows one would log in as its user.
    public (int Status, object Body)? Format(Problem problem, ProblemLanguage language) => problem.BindingTicket is { } ticket
        ? (StatusCodes.Status200OK, new { code = 301, openId = ticket.Value })
        : (StatusCodes.Status200OK, new { code = 0, msg = problem.Entry.Title.In(language) });
}

/// <summary>Every route, for a token of the header <c>x-session</c>: one that is over is told with status 200; the client logs in again.</summary>
internal sealed class SessionHeaderFormat : IProblemFormat
{
    /// <summary>Where the tutorial's client puts its token.</summary>
    public const string Header = "x-session";

    public static readonly SessionHeaderFormat Instance = new();

    private SessionHeaderFormat()
    {
    }

    public (int Status, object Body)? Format(Problem problem, ProblemLanguage language) =>
        problem is { Code: ProblemCode.TokenExpired } or { Code: ProblemCode.SessionRevoked, BearerTokenRefused: true }
            ? (StatusCodes.Status200OK, new { code = 2, data = "", message = problem.Entry.Title.In(language) })
            : null;
}
