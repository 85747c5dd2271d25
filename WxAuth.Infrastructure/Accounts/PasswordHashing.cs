using Microsoft.AspNetCore.Identity;
using WxAuth.Domain.Accounts;
using WxAuth.Domain.Users;

namespace WxAuth.Infrastructure.Accounts;

/// <summary>ASP.NET Core Identity's hasher (PBKDF2), with as many at work as there are processors.</summary>
internal sealed class PasswordHashing : IPasswordHasher, IDisposable
{
    // The hasher takes a user for those who derive from it, and looks at nothing of it.
    private static readonly User Nobody = User.Register(DateTimeOffset.UnixEpoch);

    private readonly IPasswordHasher<User> _hasher;
    private readonly SemaphoreSlim _processors = new(Environment.ProcessorCount);
    private readonly string _hashOfNobody;

    public PasswordHashing(IPasswordHasher<User> hasher)
    {
        _hasher = hasher;
        // Made here, by the same hasher, so that comparing with it costs what comparing with a real one costs.
        _hashOfNobody = hasher.HashPassword(Nobody, "nobody's password");
    }

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        RunAsync(() => _hasher.HashPassword(Nobody, password), cancellationToken);

    public async Task<PasswordVerdict> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        var result = await RunAsync(() => _hasher.VerifyHashedPassword(Nobody, hash ?? _hashOfNobody, password), cancellationToken);
        return hash is null
            ? PasswordVerdict.Failed
            : result switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Success,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.SuccessRehashNeeded,
                _ => PasswordVerdict.Failed,
            };
    }

    public void Dispose() => _processors.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _processors.WaitAsync(cancellationToken);
        try
        {
            return work();
        }
        finally
        {
            _processors.Release();
        }
    }
}
