using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Tests.Tokens;

public sealed class EcKeyTests
{
    /// <summary>Two threads that were the first to verify with a key got each other's disposed verifier, and one phone was logged out.</summary>
    [Fact]
    public void The_verifier_of_a_key_is_made_with_the_key()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = new EcKey(EcKey.Thumbprint(pair), DateTimeOffset.UnixEpoch, pair.ExportPkcs8PrivateKey()).VerificationKey;

        Assert.True(IsKept(out var kept));

        var used = key.CryptoProviderFactory.CreateForVerifying(key, SecurityAlgorithms.EcdsaSha256);
        Assert.Same(kept, used);
        key.CryptoProviderFactory.ReleaseSignatureProvider(used);
        Assert.True(IsKept(out var keptStill));
        Assert.Same(kept, keptStill);

        bool IsKept(out SignatureProvider provider) => key.CryptoProviderFactory.CryptoProviderCache.TryGetSignatureProvider(
            key, SecurityAlgorithms.EcdsaSha256, typeof(AsymmetricSignatureProvider).FullName, willCreateSignatures: false, out provider);
    }
}
