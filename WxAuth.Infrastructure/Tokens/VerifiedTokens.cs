using System.Collections.Concurrent;
using System.Security.Claims;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// Tokens that were accepted, by their exact text. Two generations bound it: when the younger one is full it becomes the elder, and the
/// elder is dropped; what is still in use moves back to the younger.
/// </summary>
internal sealed class VerifiedTokens
{
    private const int GenerationSize = 4096;

    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<string, Entry> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, Entry> _old = new(StringComparer.Ordinal);
    private int _youngCount;

    public Entry? Find(ReadOnlySpan<char> token)
    {
        if (_young.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out var entry))
        {
            return entry;
        }

        if (_old.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out var text, out entry))
        {
            Add(text, entry);
            return entry;
        }

        return null;
    }

    public void Add(string token, Entry entry)
    {
        if (_young.TryAdd(token, entry) && Interlocked.Increment(ref _youngCount) >= GenerationSize)
        {
            lock (_turn)
            {
                if (Volatile.Read(ref _youngCount) >= GenerationSize)
                {
                    _old = _young;
                    _young = new ConcurrentDictionary<string, Entry>(StringComparer.Ordinal);
                    Volatile.Write(ref _youngCount, 0);
                }
            }
        }
    }

    /// <param name="Principal">Whom the token speaks for.</param>
    /// <param name="KeyId">The key that verified it.</param>
    /// <param name="ExpiresAt">Its <c>exp</c>, in UTC.</param>
    internal sealed record Entry(ClaimsPrincipal Principal, string KeyId, DateTime ExpiresAt);
}
