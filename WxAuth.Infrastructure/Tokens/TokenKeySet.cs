using System.Collections.Frozen;
using WxAuth.Domain.Tokens;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>The keys as this node last read them. Immutable; replaced whole.</summary>
internal sealed class TokenKeySet
{
    private readonly EcKey[] _byActivation;
    private readonly FrozenDictionary<string, EcKey> _byId;

    public TokenKeySet(IEnumerable<EcKey> signingKeys, byte[] refreshKey)
    {
        _byActivation = [.. signingKeys.OrderBy(key => key.ActivatesAt)];
        _byId = _byActivation.ToFrozenDictionary(key => key.KeyId, StringComparer.Ordinal);
        Published = [.. _byActivation.Select(key => new PublishedKey(key.KeyId, key.X, key.Y))];
        RefreshKey = refreshKey;
    }

    /// <summary>The HMAC key of refresh tokens.</summary>
    public byte[] RefreshKey { get; }

    /// <summary>The key that was made last; it may not sign yet.</summary>
    public EcKey Newest => _byActivation[^1];

    /// <summary>Every key whose tokens may still be alive, and the one to come.</summary>
    public IReadOnlyList<PublishedKey> Published { get; }

    /// <summary>The key that signs at that time.</summary>
    public EcKey SignerAt(DateTimeOffset now)
    {
        for (var i = _byActivation.Length - 1; i > 0; i--)
        {
            if (_byActivation[i].ActivatesAt <= now)
            {
                return _byActivation[i];
            }
        }

        return _byActivation[0];
    }

    /// <summary>The key of that id.</summary>
    public EcKey? Find(string keyId) => _byId.GetValueOrDefault(keyId);
}
