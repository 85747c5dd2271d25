using System.Text.RegularExpressions;
using WxAuth.Api.Problems;
using WxAuth.Domain;
using WxAuth.Domain.Sessions;

namespace WxAuth.Tests.Problems;

public sealed class ProblemCatalogueTests
{
    // The error table of the contract: code, status, action.
    private static readonly (string Code, int Status, ProblemAction Action)[] Contract =
    [
        ("validation_failed", 400, ProblemAction.FixRequest),
        ("malformed_request", 400, ProblemAction.FixRequest),
        ("app_unknown", 400, ProblemAction.FixRequest),
        ("code_invalid", 401, ProblemAction.LoginAgain),
        ("code_used", 401, ProblemAction.LoginAgain),
        ("user_blocked_by_wechat", 403, ProblemAction.ContactSupport),
        ("user_disabled", 403, ProblemAction.ContactSupport),
        ("binding_required", 409, ProblemAction.BindAccount),
        ("credentials_invalid", 401, ProblemAction.FixRequest),
        ("account_locked", 429, ProblemAction.RetryLater),
        ("user_name_taken", 409, ProblemAction.FixRequest),
        ("binding_ticket_invalid", 401, ProblemAction.LoginAgain),
        ("binding_conflict", 409, ProblemAction.ContactSupport),
        ("last_administrator", 409, ProblemAction.FixRequest),
        ("token_missing", 401, ProblemAction.LoginAgain),
        ("token_invalid", 401, ProblemAction.LoginAgain),
        ("token_expired", 401, ProblemAction.Refresh),
        ("client_invalid", 401, ProblemAction.FixRequest),
        ("session_revoked", 401, ProblemAction.LoginAgain),
        ("refresh_token_invalid", 401, ProblemAction.LoginAgain),
        ("refresh_token_expired", 401, ProblemAction.LoginAgain),
        ("refresh_token_reused", 401, ProblemAction.LoginAgain),
        ("forbidden", 403, ProblemAction.ContactSupport),
        ("session_key_stale", 409, ProblemAction.LoginAgain),
        ("encrypted_data_invalid", 400, ProblemAction.FixRequest),
        ("signature_invalid", 400, ProblemAction.FixRequest),
        ("watermark_mismatch", 400, ProblemAction.FixRequest),
        ("phone_code_invalid", 400, ProblemAction.FixRequest),
        ("rate_limited", 429, ProblemAction.RetryLater),
        ("not_found", 404, ProblemAction.FixRequest),
        ("method_not_allowed", 405, ProblemAction.FixRequest),
        ("unsupported_media_type", 415, ProblemAction.FixRequest),
        ("payload_too_large", 413, ProblemAction.FixRequest),
        ("wechat_rejected_app", 500, ProblemAction.ContactSupport),
        ("wechat_bad_response", 502, ProblemAction.RetryLater),
        ("wechat_unavailable", 503, ProblemAction.RetryLater),
        ("database_unavailable", 503, ProblemAction.RetryLater),
        ("internal_error", 500, ProblemAction.RetryLater),
    ];

    [Fact]
    public void The_catalogue_is_the_contract() =>
        Assert.Equal(Contract, ProblemCatalogue.All.Select(entry => (entry.Name, entry.Status, entry.Action)));

    [Fact]
    public void Every_code_has_an_entry_in_both_languages() => Assert.All(Enum.GetValues<ProblemCode>(), code =>
    {
        var entry = ProblemCatalogue.Get(code);
        Assert.Matches("^[a-z]+(_[a-z]+)*$", entry.Name);
        Assert.All([entry.Title, entry.Detail], text =>
        {
            Assert.Matches("[\u4e00-\u9fff]", text.Chinese);
            Assert.DoesNotMatch(new Regex("[^\u0020-\u007e]", RegexOptions.None, TimeSpan.FromSeconds(1)), text.English);
            Assert.NotEmpty(text.English);
        });
    });

    [Fact]
    public void A_time_to_wait_belongs_to_429_502_and_503() => Assert.All(
        ProblemCatalogue.All, entry => Assert.Equal(entry.Status is 429 or 502 or 503, entry.RetryAfter is not null));

    [Fact]
    public void Every_failure_of_the_domain_has_the_problem_of_its_name() => Assert.All(Enum.GetValues<FailureCode>(), code =>
        Assert.Equal(code.ToString(), FailureProblems.ToProblemCode(code).ToString()));

    [Fact]
    public void Every_reason_of_an_ended_session_has_its_name_on_the_wire() => Assert.Equal(
        [
            "logout", "replaced", "revoked_by_user", "revoked_by_admin", "revoked_by_service", "user_disabled", "roles_changed",
            "password_changed", "refresh_token_reused", "unbound", "merged", "erased",
        ],
        Enum.GetValues<SessionEndReason>().Select(reason => reason.ToWire()),
        StringComparer.Ordinal);
}
