using System.Security.Cryptography;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using WxAuth.Api.Problems;
using WxAuth.Domain;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.Problems;

/// <summary>Fails in every way that a controller can.</summary>
[ApiController]
[AllowAnonymous]
public sealed class FailingController : ControllerBase
{
    [HttpGet("problems/{code}")]
    public ActionResult<string> Fail(ProblemCode code) => new ProblemResult(code);

    [HttpGet("failures/binding-required")]
    public ActionResult<string> BindingRequired() => new Failure(FailureCode.BindingRequired)
    {
        BindingTicket = new BindingTicket("the-ticket", TimeProvider.System.GetUtcNow() + BindingTicket.Lifetime),
    }.ToResult();

    [HttpGet("failures/session-revoked")]
    public IActionResult SessionRevoked(bool byBearer) => new ProblemResult(
        new Failure(FailureCode.SessionRevoked) { Reason = SessionEndReason.RevokedByAdmin }.ToProblem() with { BearerTokenRefused = byBearer });

    [HttpGet("failures/account-locked")]
    public IActionResult AccountLocked() =>
        new Failure(FailureCode.AccountLocked) { RetryAfter = TimeSpan.FromSeconds(61.2) }.ToResult();

    [HttpGet("failures/extended")]
    public IActionResult Extended() =>
        new ProblemResult(new Problem(ProblemCode.NotFound)
        {
            Extensions = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["hint"] = JsonElement.Parse("\"别处\"") },
        });

    [HttpGet("status/{status:int}")]
    public IActionResult Status(int status) => StatusCode(status);

    [HttpGet("throw/{what}")]
    public IActionResult Throw(string what) => throw Exception(what);

    [HttpPost("api/auth/login")]
    public IActionResult Login(string what) => throw Exception(what);

    [HttpPost("api/auth/password")]
    public IActionResult Password(string what) => throw Exception(what);

    [HttpGet("started")]
    public async Task StartedAsync()
    {
        await Response.WriteAsync("begun", HttpContext.RequestAborted);
        await Response.Body.FlushAsync(HttpContext.RequestAborted);
        throw new InvalidOperationException("late");
    }

    [HttpPost("echo")]
    public ActionResult<string> Echo(EchoRequest request)
    {
        var result = new EchoValidator().Validate(request);
        return result.IsValid ? Ok(new { request.Code }) : result.ToResult();
    }

    [HttpPost("form")]
    [Consumes("application/x-www-form-urlencoded")]
    public IActionResult Form([FromForm] string? token) => Ok(new { token });

    [HttpPost("upload")]
    [RequestSizeLimit(1_100_000)]
    public ActionResult<long> Upload(IFormFile file) => file.Length;

    [HttpGet("list")]
    public IActionResult List(int limit, string? query) => Ok(new { limit, query });

    [HttpGet("items/{id:guid}")]
    public ActionResult<Guid> Item(Guid id) => id;

    private static Exception Exception(string what) => what switch
    {
        "wechat-unavailable" => new WeChatException(WeChatFault.Unavailable, "appsecret=hush", TimeSpan.FromSeconds(3.5)),
        "wechat-bad-response" => new WeChatException(WeChatFault.BadResponse, "appsecret=hush"),
        "wechat-rejected-app" => new WeChatException(WeChatFault.RejectedApp, "40125"),
        "wechat-rate-limited" => new WeChatException(WeChatFault.RateLimited, "45011"),
        "no-key" => new SigningKeyUnavailableException(),
        "hashing-busy" => new PasswordHashingBusyException(TimeSpan.FromSeconds(5.5)),
        "connection" => new NpgsqlException("Failed to connect", new System.Net.Sockets.SocketException(111)),
        "pool" => new InvalidOperationException("likely transient", new NpgsqlException("pool", new TimeoutException())),
        "update" => new DbUpdateException("saving", new PostgresException("shutting down", "FATAL", "FATAL", "57P01")),
        "key-ring" => new CryptographicException("key ring", new NpgsqlException("gone")),
        "undefined-table" => new PostgresException("relation does not exist", "ERROR", "ERROR", "42P01"),
        "undefined-column" => new InvalidOperationException("hush", new PostgresException("no such column", "ERROR", "ERROR", "42703")),
        "undefined-function" => new DbUpdateException("hush", new PostgresException("function does not exist", "ERROR", "ERROR", "42883")),
        "unique" => new DbUpdateException("saving hush", new PostgresException("duplicate", "ERROR", "ERROR", "23505")),
        "body" => new BadHttpRequestException("Unexpected end of request content."),
        _ => new InvalidOperationException("hush"),
    };
}

public sealed record EchoRequest(string? Code, int[]? Numbers, DateTimeOffset? At);

internal sealed class EchoValidator : AbstractValidator<EchoRequest>
{
    public EchoValidator()
    {
        RuleFor(request => request.Code).Required().VisibleAscii(1, 8).NoNul();
        RuleForEach(request => request.Numbers).GreaterThan(0).Says(ValidationTexts.BadFormat);
    }
}
