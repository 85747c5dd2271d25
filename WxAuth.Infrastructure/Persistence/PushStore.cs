using Microsoft.EntityFrameworkCore;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.Persistence;

internal sealed class PushStore(WxAuthDbContext db) : IPushStore
{
    public Task<PushHandling> HandleOnceAsync(PushReceipt push, Action<PushSubject> handle, CancellationToken cancellationToken) => db.RunAsync(
        async () =>
        {
            // What is being handled at this moment elsewhere is waited for here, before any other lock is held.
            if (await RememberAsync(push.AddressHash, push.ReceivedAt, cancellationToken))
            {
                await RememberAsync(push.AddressAndBodyHash, push.ReceivedAt, cancellationToken);
            }
            else if (!await db.ReceivedPushes.AnyAsync(one => one.KeyHash == push.AddressAndBodyHash, cancellationToken))
            {
                return PushHandling.AddressReused;
            }

            if (!await RememberAsync(push.KeyHash, push.ReceivedAt, cancellationToken))
            {
                return PushHandling.Repeated;
            }

            var subject = push.OpenId is { } openId
                ? await FindSubjectAsync(push, openId, cancellationToken)
                : new PushSubject(identity: null, user: null);
            handle(subject);

            db.AuditEvents.AddRange(subject.Events);
            if (subject is { IsRemoved: true, Identity: { } removed })
            {
                db.Identities.Remove(removed);
            }

            if (subject.User is { } user)
            {
                await LockedUsers.KeepAsync(db, cancellationToken, user);
            }

            return PushHandling.New;
        },
        cancellationToken);

    private async Task<bool> RememberAsync(byte[] hash, DateTimeOffset at, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO push_messages (key_hash, received_at) VALUES ({hash}, {at}) ON CONFLICT (key_hash) DO NOTHING",
            cancellationToken) == 1;

    private async Task<PushSubject> FindSubjectAsync(PushReceipt push, string openId, CancellationToken cancellationToken)
    {
        var userId = await db.Identities
            .Where(identity => identity.AppId == push.AppId && identity.OpenId == openId)
            .Select(identity => identity.UserId)
            .SingleOrDefaultAsync(cancellationToken);
        if (userId is { } id)
        {
            var users = await LockedUsers.LoadAsync(db, push.ReceivedAt, [id], cancellationToken);
            return users.GetValueOrDefault(id) is { } user
                && user.Identities.FirstOrDefault(one => one.AppId == push.AppId && one.OpenId == openId) is { } identity
                    ? new PushSubject(identity, user)
                    // It leads elsewhere since it was looked up.
                    : throw new DbUpdateConcurrencyException();
        }

        await RowLocks.IdentityAsync(db, push.AppId, openId, cancellationToken);
        var unbound = await db.Identities.SingleOrDefaultAsync(
            identity => identity.AppId == push.AppId && identity.OpenId == openId, cancellationToken);
        return unbound?.UserId is null ? new PushSubject(unbound, user: null) : throw new DbUpdateConcurrencyException();
    }
}
