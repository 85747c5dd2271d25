using System.Net;
using Microsoft.AspNetCore.Identity;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Accounts;

/// <summary>ASP.NET Core Identity's hasher (PBKDF2), on threads of its own.</summary>
internal sealed class PasswordHashing : IPasswordHasher, IDisposable
{
    // The hasher takes a user for those who derive from it, and looks at nothing of it.
    private static readonly User Nobody = User.Register(DateTimeOffset.UnixEpoch);

    private readonly IPasswordHasher<User> _hasher;
    private readonly HashingThreads _threads = new(HashingThreads.DefaultCount);
    private readonly string _hashOfNobody;

    public PasswordHashing(IPasswordHasher<User> hasher)
    {
        _hasher = hasher;
        // Made here, by the same hasher, so that comparing with it costs what comparing with a real one costs.
        _hashOfNobody = hasher.HashPassword(Nobody, "nobody's password");
    }

    public Task<string> HashAsync(string password, IPAddress? client, CancellationToken cancellationToken) =>
        _threads.RunAsync(client, () => _hasher.HashPassword(Nobody, password), cancellationToken);

    public async Task<PasswordVerdict> VerifyAsync(string? hash, string password, IPAddress? client, CancellationToken cancellationToken)
    {
        var result = await _threads.RunAsync(
            client, () => _hasher.VerifyHashedPassword(Nobody, hash ?? _hashOfNobody, password), cancellationToken);
        return hash is null
            ? PasswordVerdict.Failed
            : result switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Success,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.SuccessRehashNeeded,
                _ => PasswordVerdict.Failed,
            };
    }

    public void Dispose() => _threads.Dispose();
}
