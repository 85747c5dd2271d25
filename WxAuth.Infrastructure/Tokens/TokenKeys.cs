using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using WxAuth.Domain;
using WxAuth.Domain.Sessions;
using WxAuth.Domain.Tokens;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// The keys that tokens are signed with, shared by all nodes through the database. Whoever finds one missing makes it, under an
/// advisory lock; the successor of a signing key is published ahead of its first use, by 24 hours or a third of the key life,
/// so that every node and every business service has seen it by then.
/// </summary>
internal sealed partial class TokenKeys(
    NpgsqlDataSource database,
    IDataProtectionProvider dataProtection,
    IOptions<JwtOptions> options,
    TimeProvider timeProvider,
    ILogger<TokenKeys> logger) : IPublishedKeys, IDisposable
{
    private const int MaxKeyIdsRemembered = 256;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly IPersistedDataProtector _protector = (IPersistedDataProtector)dataProtection.CreateProtector("WxAuth.SigningKeys.v1");
    private readonly SemaphoreSlim _reload = new(1, 1);
    private readonly HashSet<string> _unknownKeyIds = new(StringComparer.Ordinal);
    private volatile TokenKeySet? _current;
    private Task _look = Task.CompletedTask;
    private long? _lastLook;

    /// <summary>How long before its first use a key is published.</summary>
    public TimeSpan Lead { get; } = Min(TimeSpan.FromHours(24), options.Value.SigningKeyLifetime / 3);

    /// <summary>The keys as last read.</summary>
    /// <exception cref="SigningKeyUnavailableException">None have been read yet.</exception>
    public TokenKeySet Current => _current ?? throw new SigningKeyUnavailableException();

    public IReadOnlyList<PublishedKey> Published => Current.Published;

    /// <summary>Reads the keys; makes the first ones, or the next one, where it is time.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await _reload.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var rows = await SigningKeyTable.ReadAsync(connection, cancellationToken);
            if (IsIncomplete(rows, timeProvider.GetUtcNow()))
            {
                rows = await AddMissingAsync(connection, cancellationToken);
            }

            _current = await OpenAsync(connection, rows, timeProvider.GetUtcNow(), cancellationToken);
            lock (_unknownKeyIds)
            {
                _unknownKeyIds.Clear();
            }
        }
        finally
        {
            _reload.Release();
        }
    }

    /// <summary>
    /// Finds the key of an id. For one that this node does not know it looks into the database, once and at most every second;
    /// who asks meanwhile waits for that look.
    /// </summary>
    public async ValueTask<EcKey?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        if (Current.Find(keyId) is { } key)
        {
            return key;
        }

        Task look;
        lock (_unknownKeyIds)
        {
            if (_unknownKeyIds.Contains(keyId))
            {
                return null;
            }

            if (_look.IsCompleted)
            {
                if (_lastLook is { } last && timeProvider.GetElapsedTime(last) < LookInterval)
                {
                    return null;
                }

                _lastLook = timeProvider.GetTimestamp();
                // Not with the caller's token: others wait for it too.
                _look = Task.Run(() => ReloadAsync(CancellationToken.None), CancellationToken.None);
            }

            look = _look;
        }

        await look.WaitAsync(cancellationToken);
        if (Current.Find(keyId) is { } found)
        {
            return found;
        }

        lock (_unknownKeyIds)
        {
            if (_unknownKeyIds.Count < MaxKeyIdsRemembered)
            {
                _unknownKeyIds.Add(keyId);
            }
        }

        return null;
    }

    public void Dispose() => _reload.Dispose();

    private bool IsIncomplete(List<SigningKey> rows, DateTimeOffset now) =>
        !rows.Exists(key => key.Use == SigningKey.UseRefresh)
        || rows.Where(key => key.Use == SigningKey.UseSignature).Max(key => (DateTimeOffset?)key.ActivatesAt) is not { } newest
        || NextIsDue(newest, now)
        || Retired(rows, now).Count > 0;

    private bool NextIsDue(DateTimeOffset newestActivatesAt, DateTimeOffset now) => now >= newestActivatesAt + options.Value.SigningKeyLifetime - Lead;

    /// <summary>The keys whose last token has expired: their successor has been signing for longer than a token lives.</summary>
    private List<SigningKey> Retired(List<SigningKey> rows, DateTimeOffset now)
    {
        var keys = rows.Where(key => key.Use == SigningKey.UseSignature).OrderBy(key => key.ActivatesAt).ToList();
        var tokenLife = options.Value.AccessTokenLifetime + SessionPolicy.ClockSkew + SessionPolicy.ClockSkew;
        return keys.Where((_, i) => i + 1 < keys.Count && keys[i + 1].ActivatesAt + tokenLife < now).ToList();
    }

    private async Task<List<SigningKey>> AddMissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SigningKeyTable.LockAsync(connection, cancellationToken);
        var rows = await SigningKeyTable.ReadAsync(connection, cancellationToken);
        var now = timeProvider.GetStoredUtcNow();

        if (!rows.Exists(key => key.Use == SigningKey.UseRefresh))
        {
            await AddAsync(SigningKey.UseRefresh, SigningKey.UseRefresh, RandomNumberGenerator.GetBytes(32), now);
        }

        var newest = rows.Where(key => key.Use == SigningKey.UseSignature).Max(key => (DateTimeOffset?)key.ActivatesAt);
        if (newest is null || NextIsDue(newest.Value, now))
        {
            using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var activatesAt = newest is { } last ? Max(last + options.Value.SigningKeyLifetime, now + Lead) : now;
            var keyId = EcKey.Thumbprint(pair);
            await AddAsync(keyId, SigningKey.UseSignature, pair.ExportPkcs8PrivateKey(), activatesAt);
            Log.KeyMade(logger, keyId, activatesAt);
        }

        foreach (var key in Retired(rows, now))
        {
            await SigningKeyTable.RemoveAsync(connection, key, cancellationToken);
            rows.Remove(key);
        }

        await transaction.CommitAsync(cancellationToken);
        return rows;

        async Task AddAsync(string keyId, string use, byte[] secret, DateTimeOffset activatesAt)
        {
            var key = new SigningKey { KeyId = keyId, Use = use, Sealed = _protector.Protect(secret), CreatedAt = now, ActivatesAt = activatesAt };
            CryptographicOperations.ZeroMemory(secret);
            await SigningKeyTable.AddAsync(connection, key, cancellationToken);
            rows.Add(key);
        }
    }

    private async Task<TokenKeySet> OpenAsync(NpgsqlConnection connection, List<SigningKey> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var retired = Retired(rows, now);
        var signing = new List<EcKey>();
        byte[] refreshKey = [];
        foreach (var row in rows.Where(row => !retired.Contains(row)))
        {
            var secret = _protector.DangerousUnprotect(row.Sealed, ignoreRevocationErrors: false, out var isSealedWithFormerKey, out _);
            if (isSealedWithFormerKey)
            {
                await ResealAsync(connection, row, secret, cancellationToken);
            }

            if (row.Use == SigningKey.UseRefresh)
            {
                refreshKey = secret;
            }
            else
            {
                signing.Add(_current?.Find(row.KeyId) ?? new EcKey(row.KeyId, row.ActivatesAt, secret));
            }
        }

        return new TokenKeySet(signing, refreshKey);
    }

    // So that a certificate can be done without once Data Protection's keys of its time have been replaced: the refresh key never rotates.
    private async Task ResealAsync(NpgsqlConnection connection, SigningKey row, byte[] secret, CancellationToken cancellationToken)
    {
        var resealed = _protector.Protect(secret);
        await SigningKeyTable.ResealAsync(connection, row, resealed, cancellationToken);
        Log.Resealed(logger, row.KeyId);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Information, "Signing key {KeyId} was made; it signs from {ActivatesAt:O}.")]
        public static partial void KeyMade(ILogger logger, string keyId, DateTimeOffset activatesAt);

        [LoggerMessage(3204, LogLevel.Information, "Key {KeyId} was sealed anew, with Data Protection's current key.")]
        public static partial void Resealed(ILogger logger, string keyId);
    }
}
