using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using WxAuth.Infrastructure.Tokens;

namespace WxAuth.Tests.Tokens;

public sealed class EcKeyTests
{
    /// <summary>Two threads that were the first to verify with a key got each other's disposed verifier, and one phone was logged out.</summary>
    [Fact]
    public void A_verifier_that_another_thread_finds_before_it_is_fully_kept_is_not_disposed_under_its_maker()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = new EcKey(EcKey.Thumbprint(pair), DateTimeOffset.UnixEpoch, pair.ExportPkcs8PrivateKey());
        var (data, signature) = (new byte[32], new byte[64]);
        made.Sign(data, signature);
        var key = made.VerificationKey;
        var meeting = new MeetingPoint();
        var factory = new CryptoProviderFactory(meeting);
        meeting.OnFound = () =>
        {
            var found = factory.CreateForVerifying(key, SecurityAlgorithms.EcdsaSha256);
            Assert.True(found.Verify(data, signature));
            factory.ReleaseSignatureProvider(found);
        };

        var verifier = factory.CreateForVerifying(key, SecurityAlgorithms.EcdsaSha256);

        Assert.Equal(1, meeting.Found);
        Assert.True(verifier.Verify(data, signature));
    }

    /// <summary>IdentityModel's cache at the moment between the verifier's being there for others and its being marked as kept.</summary>
    private sealed class MeetingPoint : CryptoProviderCache
    {
        private SignatureProvider? _kept;

        public Action OnFound { get; set; } = () => { };

        public int Found { get; private set; }

        public override bool TryAdd(SignatureProvider signatureProvider)
        {
            _kept = signatureProvider;
            OnFound();
            return true;
        }

        public override bool TryGetSignatureProvider(
            SecurityKey securityKey,
            string algorithm,
            string typeofProvider,
            bool willCreateSignatures,
            out SignatureProvider signatureProvider)
        {
            Found += _kept is null ? 0 : 1;
            signatureProvider = _kept!;
            return _kept is not null;
        }

        public override bool TryRemove(SignatureProvider signatureProvider) => throw new NotSupportedException();

        protected override string GetCacheKey(SignatureProvider signatureProvider) => throw new NotSupportedException();

        protected override string GetCacheKey(SecurityKey securityKey, string algorithm, string typeofProvider) =>
            throw new NotSupportedException();
    }
}
