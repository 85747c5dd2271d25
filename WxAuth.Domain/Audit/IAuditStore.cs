namespace WxAuth.Domain.Audit;

/// <summary>Reads the audit log.</summary>
public interface IAuditStore
{
    /// <summary>Events, the newest first.</summary>
    /// <param name="userId">Whom they concern; <c>null</c>: anybody.</param>
    /// <param name="type">One of <see cref="AuditTypes"/>; <c>null</c>: any.</param>
    /// <param name="after">The last event of the page before; <c>null</c>: the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">The caller's.</param>
    Task<Page<AuditEvent>> ListAsync(Guid? userId, string? type, Guid? after, int limit, CancellationToken cancellationToken);
}
