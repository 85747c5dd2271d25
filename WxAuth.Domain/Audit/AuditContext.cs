using System.Net;

namespace WxAuth.Domain.Audit;

/// <summary>When, from where and by whom something happens: what every audit event of one use case shares.</summary>
/// <param name="At">The time of the use case, and of all rows that it writes.</param>
/// <param name="Ip">The client's address; <c>null</c> where there is none, or where it must not be kept.</param>
/// <param name="ActorId">The administrator who does it; <c>null</c> where it is the user, WeChat or the command line.</param>
public sealed record AuditContext(DateTimeOffset At, IPAddress? Ip, Guid? ActorId = null);
