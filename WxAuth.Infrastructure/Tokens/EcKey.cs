using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.ObjectPool;
using Microsoft.IdentityModel.Tokens;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>A P-256 key pair in use. <see cref="ECDsa"/> objects are not promised to be thread-safe, so each signature borrows one.</summary>
internal sealed class EcKey
{
    private readonly ObjectPool<ECDsa> _signers;

    public EcKey(string keyId, DateTimeOffset activatesAt, byte[] pkcs8)
    {
        KeyId = keyId;
        ActivatesAt = activatesAt;
        using var key = Import(pkcs8);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        X = Base64Url.EncodeToString(point.X);
        Y = Base64Url.EncodeToString(point.Y);
        VerificationKey = new JsonWebKey
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = JsonWebKeyECTypes.P256,
            Kid = keyId,
            Alg = SecurityAlgorithms.EcdsaSha256,
            Use = JsonWebKeyUseNames.Sig,
            X = X,
            Y = Y,
        };
        EncodedHeader = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes($$"""{"alg":"ES256","typ":"at+jwt","kid":"{{keyId}}"}""")));
        // As many as threads may be signing at once, preempted ones included: to import a key costs more than to sign with it.
        _signers = new DefaultObjectPool<ECDsa>(new SignerPolicy(pkcs8), maximumRetained: 64);
    }

    public string KeyId { get; }

    public DateTimeOffset ActivatesAt { get; }

    /// <summary>The JWK's <c>x</c>.</summary>
    public string X { get; }

    /// <summary>The JWK's <c>y</c>.</summary>
    public string Y { get; }

    public JsonWebKey VerificationKey { get; }

    /// <summary>The JOSE header of this key's tokens, base64url.</summary>
    public byte[] EncodedHeader { get; }

    /// <summary>Signs as RFC 7518, 3.4 says: R and S, 32 bytes each.</summary>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var signer = _signers.Get();
        try
        {
            signer.SignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        finally
        {
            _signers.Return(signer);
        }
    }

    /// <summary>The RFC 7638 thumbprint of a public key.</summary>
    public static string Thumbprint(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var canonical = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
    }

    private static ECDsa Import(byte[] pkcs8)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key;
    }

    private sealed class SignerPolicy(byte[] pkcs8) : PooledObjectPolicy<ECDsa>
    {
        public override ECDsa Create() => Import(pkcs8);

        public override bool Return(ECDsa obj) => true;
    }
}
