using WxAuth.Domain.Audit;
using WxAuth.Domain.Users;

namespace WxAuth.Tests.Users;

/// <summary>One user in memory, and what is decided of it: no database.</summary>
internal sealed class OneUser(LockedUser user) : IUserStore, IAvatarStore
{
    /// <summary>What was to be audited.</summary>
    public List<AuditEvent> Events { get; } = [];

    /// <summary>The uploaded picture.</summary>
    public Avatar? Picture { get; private set; }

    public Task<User?> FindAsync(Guid userId, CancellationToken cancellationToken) => Task.FromResult(Present(userId) ? user.User : null);

    public Task<WeChatIdentity?> FindIdentityAsync(Guid userId, string appId, string openId, CancellationToken cancellationToken) =>
        Task.FromResult(user.Identities.SingleOrDefault(
            identity => Present(userId) && identity.AppId == appId && identity.OpenId == openId));

    public Task<T> ChangeAsync<T>(
        Guid userId, T gone, Func<User, ICollection<AuditEvent>, T> change, CancellationToken cancellationToken) =>
        Task.FromResult(Present(userId) ? change(user.User, Events) : gone);

    public Task<T> ChangeWithAllAsync<T>(Guid userId, T gone, Func<LockedUser, T> change, CancellationToken cancellationToken)
    {
        if (!Present(userId))
        {
            return Task.FromResult(gone);
        }

        var result = change(user);
        Events.AddRange(user.Events);
        return Task.FromResult(result);
    }

    public Task<User?> ReplaceAsync(
        Avatar uploaded, Func<User, KeptAvatar?, ICollection<AuditEvent>, bool> replace, CancellationToken cancellationToken)
    {
        if (!Present(uploaded.UserId))
        {
            return Task.FromResult<User?>(null);
        }

        if (replace(user.User, Picture is null ? null : new KeptAvatar(Picture.Id, Picture.Sha256), Events))
        {
            Picture = uploaded;
        }

        return Task.FromResult<User?>(user.User);
    }

    private bool Present(Guid userId) => user.User.Id == userId && user.User.Status != UserStatus.Erased;
}
